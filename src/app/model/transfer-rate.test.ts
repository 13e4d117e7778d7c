import { describe, expect, it } from 'vitest'
import { rateAt, type Sample, timeLeftMs, withSample } from './transfer-rate'

const collect = (samples: Sample[]) =>
  samples.reduce<readonly Sample[]>((kept, sample) => withSample(kept, sample), [])

/** A sample every `everyMs` at a steady rate. */
const steady = (bytesPerSecond: number, forMs: number, everyMs: number) =>
  Array.from({ length: forMs / everyMs + 1 }, (_, i) => ({
    atMs: i * everyMs,
    bytes: (i * everyMs * bytesPerSecond) / 1000,
  }))

describe('a transfer’s rate', () => {
  it('is what arrived since the first sample, which may begin with what was there before', () => {
    const samples = collect([
      { atMs: 0, bytes: 5_000 },
      { atMs: 2_000, bytes: 7_000 },
    ])
    expect(rateAt(samples, 2_000)).toBe(1_000)
    expect(timeLeftMs(samples, 10_000, 2_000)).toBe(3_000)
  })

  it('is unknown in the first second', () => {
    expect(rateAt(collect([{ atMs: 0, bytes: 0 }]), 999)).toBeUndefined()
  })

  it('forgets what lies before its window', () => {
    const fast = steady(100, 20_000, 500)
    const slow = steady(10, 20_000, 500).map(({ atMs, bytes }) => ({
      atMs: atMs + 20_500,
      bytes: bytes + 2_000,
    }))
    expect(rateAt(collect([...fast, ...slow]), 40_500)).toBeCloseTo(10)
  })

  it('keeps few samples, however often they come', () => {
    const samples = collect(steady(100, 20_000, 10))
    expect(samples.length).toBeLessThan(50)
    expect(rateAt(samples, 20_000)).toBeCloseTo(100)
  })

  it('sinks while nothing arrives, and then there is no time left to name', () => {
    const samples = collect(steady(100, 4_000, 500))
    expect(rateAt(samples, 8_000)).toBe(50)
    const stalled = [
      { atMs: 0, bytes: 1 },
      { atMs: 5_000, bytes: 1 },
    ]
    expect(rateAt(stalled, 5_000)).toBe(0)
    expect(timeLeftMs(stalled, 10, 5_000)).toBeUndefined()
  })
})
