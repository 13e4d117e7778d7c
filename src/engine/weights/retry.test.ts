import { describe, expect, it } from 'vitest'
import { EngineError, type EngineErrorData } from '../errors'
import { collect, failure, memorySource } from '../testing/memory-source'
import { createTestClock } from '../testing/test-clock'
import { systemClock } from './clock'
import { type Retry, withRetries } from './retry'
import type { ShardSource } from './shard-source'

const FILE = 'model.safetensors'
const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i)
const dropped: EngineErrorData = { code: 'network', url: FILE, detail: 'dropped' }
const status = (status: number, retryAfterMs?: number): EngineErrorData => ({
  code: 'http-status',
  url: FILE,
  status,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

/** A file whose n-th request yields `script[n].afterBytes` and then fails; later ones succeed. */
function unreliable(
  script: { error: EngineErrorData; afterBytes?: number }[],
  file: Uint8Array<ArrayBuffer> = bytes,
) {
  const source = memorySource(new Map([[FILE, file]]), { pieceBytes: file.length })
  const begins: number[] = []
  const failing: ShardSource = {
    async byteLength() {
      const step = script[begins.push(0) - 1]
      if (step) throw new EngineError(step.error)
      return file.length
    },
    async *read(name, begin, end, signal) {
      const step = script[begins.push(begin) - 1]
      const stop = step ? begin + (step.afterBytes ?? 0) : end
      yield* source.read(name, begin, stop, signal)
      if (step) throw new EngineError(step.error)
    },
  }
  return { begins, source: failing }
}

describe('withRetries', () => {
  it('goes on at the byte where a read broke', async () => {
    const early = { code: 'file-truncated', file: FILE, expectedBytes: 900, receivedBytes: 500 }
    const { source, begins } = unreliable([
      { error: dropped, afterBytes: 300 },
      { error: dropped },
      { error: early as EngineErrorData, afterBytes: 100 },
      { error: dropped, afterBytes: 200 },
    ])
    const retrying = withRetries(source, { clock: createTestClock() })
    expect(await collect(retrying.read(FILE, 100, 900))).toEqual(bytes.slice(100, 900))
    expect(begins).toEqual([100, 400, 400, 500, 700])
    expect(retrying.retryCount?.()).toBe(4)
  })

  it.each([
    { random: 0, sleeps: [500, 1000, 2000, 4000, 8000] },
    { random: 0.5, sleeps: [375, 750, 1500, 3000, 6000] },
  ])('waits twice as long each time, then gives up; random $random', async ({ random, sleeps }) => {
    const { source, begins } = unreliable(Array.from({ length: 99 }, () => ({ error: dropped })))
    const clock = createTestClock()
    const retrying = withRetries(source, { clock, random: () => random })
    expect(await failure(collect(retrying.read(FILE, 0, 10)))).toEqual(dropped)
    expect(clock.sleeps).toEqual(sleeps)
    expect(begins.length).toBe(6)
  })

  it.each([
    { error: dropped, sleeps: [500, 1000], because: 'the server may be dead' },
    {
      error: status(503, 700),
      sleeps: [700, 1000, 2000, 4000, 8000],
      because: 'the server said when to come back',
    },
  ])('asks for a length as often as makes sense: $because', async ({ error, sleeps }) => {
    const { source } = unreliable(Array.from({ length: 99 }, () => ({ error })))
    const clock = createTestClock()
    const retrying = withRetries(source, { clock, random: () => 0 })
    expect(await failure(retrying.byteLength(FILE))).toEqual(error)
    expect(clock.sleeps).toEqual(sleeps)
  })

  it('counts failures afresh once an attempt has brought a good deal', async () => {
    const long = new Uint8Array(20 * 256 * 1024)
    const { source } = unreliable(
      Array.from({ length: 19 }, () => ({ error: dropped, afterBytes: 256 * 1024 })),
      long,
    )
    const clock = createTestClock()
    const retrying = withRetries(source, { clock, random: () => 0 })
    expect((await collect(retrying.read(FILE, 0, long.length))).length).toBe(long.length)
    expect(clock.sleeps).toEqual(Array(19).fill(500))
  })

  it.each([
    { wish: 7_000, waits: 7_000, because: 'it is longer than the own wait' },
    { wish: 10, waits: 500, because: 'it is shorter than the own wait' },
    { wish: 86_400_000, waits: 60_000, because: 'a day is too long' },
  ])('honours Retry-After: $wish ms, $because', async ({ wish, waits }) => {
    const { source } = unreliable([{ error: status(429, wish) }])
    const clock = createTestClock()
    const retrying = withRetries(source, { clock, random: () => 0 })
    expect(await retrying.byteLength(FILE)).toBe(1000)
    expect(clock.sleeps).toEqual([waits])
  })

  it.each([dropped, status(408), status(429), status(500), status(503)])(
    'tries again what can pass: %j',
    async (error) => {
      const { source } = unreliable([{ error }, { error }])
      const retrying = withRetries(source, { clock: createTestClock() })
      expect(await collect(retrying.read(FILE, 0, 10))).toEqual(bytes.slice(0, 10))
    },
  )

  it.each<EngineErrorData>([
    status(400),
    status(401),
    status(403),
    { code: 'file-missing', file: FILE, neededBy: 'x' },
    { code: 'file-invalid', file: FILE, problem: 'x' },
    { code: 'file-truncated', file: FILE, expectedBytes: 10, receivedBytes: 0 },
    { code: 'cancelled' },
  ])('fails at once where waiting is no use: %j', async (error) => {
    const { source, begins } = unreliable([{ error }])
    const clock = createTestClock()
    expect(await failure(collect(withRetries(source, { clock }).read(FILE, 0, 10)))).toEqual(error)
    expect(begins.length).toBe(1)
    expect(clock.sleeps).toEqual([])
  })

  it('tells of each wait, and of none where it gives up', async () => {
    const { source } = unreliable([{ error: dropped }, { error: status(503, 7000) }])
    const retries: Retry[] = []
    const onRetry = (retry: Retry) => retries.push(retry)
    const retrying = withRetries(source, { clock: createTestClock(), random: () => 0, onRetry })
    await collect(retrying.read(FILE, 0, 10))
    expect(retries).toEqual([
      { error: dropped, retryInMs: 500 },
      { error: status(503, 7000), retryInMs: 7000 },
    ])

    retries.length = 0
    const { source: forbidden } = unreliable([{ error: status(403) }])
    await failure(collect(withRetries(forbidden, { onRetry }).read(FILE, 0, 10)))
    expect(retries).toEqual([])
  })

  it('does not wait any longer once it is cancelled', async () => {
    const { source, begins } = unreliable([{ error: status(503, 60_000) }])
    const controller = new AbortController()
    const clock = {
      ...systemClock,
      sleep(ms: number, signal?: AbortSignal) {
        const asleep = systemClock.sleep(ms, signal)
        controller.abort()
        return asleep
      },
    }
    const reading = collect(withRetries(source, { clock }).read(FILE, 0, 10, controller.signal))
    expect(await failure(reading)).toEqual({ code: 'cancelled' })
    expect(begins.length).toBe(1)
  })
})
