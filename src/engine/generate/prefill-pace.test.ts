import { describe, expect, it } from 'vitest'
import { createPrefillPace, maxSubmissionMs, type PrefillPace } from './prefill-pace'

/** What the dispatches of layer `layer` take for `rows` tokens at `position`, in milliseconds. */
type Device = (work: { layer: number; rows: number; position: number }) => number[]

interface Submission {
  rows: number
  dispatches: number
  ms: number
}

const layers = 24
const dispatchesPerLayer = 4

/** Prefills `tokens` tokens as a session does, on a device that takes what it is told to. */
function prefill(pace: PrefillPace, device: Device, tokens: number): Submission[] {
  const submissions: Submission[] = []
  for (let position = 0; position < tokens; ) {
    const rows = Math.min(pace.rows(), tokens - position)
    for (let first = 0; first < kinds.length; ) {
      const { count } = pace.next(first, rows)
      const times = Array.from({ length: count }, (_, i) => {
        const layer = Math.floor((first + i) / dispatchesPerLayer)
        return device({ layer, rows, position })[(first + i) % dispatchesPerLayer] as number
      })
      const ms = sum(times)
      submissions.push({ rows, dispatches: count, ms })
      pace.measured({ rows, first, count, ms })
      first += count
    }
    position += rows
  }
  return submissions
}

const sum = (times: readonly number[]) => times.reduce((a, b) => a + b)
const longest = (submissions: readonly Submission[]) => Math.max(...submissions.map(({ ms }) => ms))

/** Like gpt-oss-20b: experts cost much for few tokens, and little more for many. */
const gpu =
  (slowness: number): Device =>
  ({ rows }) =>
    [0.2 + 0.03 * rows, 0.1 + 0.02 * rows, 33 + 0.07 * rows, 17 + 0.03 * rows].map(
      (ms) => slowness * ms,
    )

const kinds = Array.from({ length: layers }, (_, layer) =>
  Array.from(
    { length: dispatchesPerLayer },
    (_, i) => `${layer % 2 === 0 ? 'sliding' : 'full'} ${i}`,
  ),
).flat()
const newPace = () => createPrefillPace({ kinds, minRows: 32, maxRows: 1024 })

describe('a prefill', () => {
  it('begins with one dispatch of the fewest tokens', () => {
    const [first] = prefill(newPace(), gpu(1), 1000)
    expect(first).toMatchObject({ rows: 32, dispatches: 1 })
  })

  it.each([0.01, 0.1, 0.3, 0.7, 1, 1.5, 2, 3])(
    'never submits too much where a layer of 32 tokens takes %f times 55 ms',
    (slowness) => {
      const pace = newPace()
      const submissions = [
        ...prefill(pace, gpu(slowness), 3000),
        ...prefill(pace, gpu(slowness), 7),
        ...prefill(pace, gpu(slowness), 700),
      ]
      expect(longest(submissions)).toBeLessThanOrEqual(maxSubmissionMs)
    },
  )

  it('takes the largest chunks there are, whole, where they take no time', () => {
    const submissions = prefill(newPace(), gpu(0.01), 4000)
    const last = submissions.slice(-3)
    expect(last.map(({ rows }) => rows)).toEqual([1024, 1024, 896])
    expect(last[0]?.dispatches).toBe(layers * dispatchesPerLayer)
  })

  it('cuts a chunk rather than shorten it', () => {
    const submissions = prefill(newPace(), gpu(1), 4000)
    const { rows, dispatches } = submissions.at(-30) as Submission
    expect(rows).toBeGreaterThan(900)
    expect(dispatches).toBeLessThan(dispatchesPerLayer)
  })

  it('shortens chunks where a single dispatch is too much, down to the fewest tokens', () => {
    const perToken: Device = ({ rows }) => [0.5, 1, 1.5, 1].map((ms) => ms * rows)
    const submissions = prefill(newPace(), perToken, 32 + 30 * 64)
    expect(longest(submissions)).toBeLessThanOrEqual(maxSubmissionMs)
    expect(submissions.at(-30)).toMatchObject({ rows: 64, dispatches: 1 })

    const hopeless: Device = () => [400, 400, 400, 400]
    expect(prefill(newPace(), hopeless, 100).slice(-4)).toEqual(
      Array(4).fill({ rows: 4, dispatches: 1, ms: 400 }),
    )
  })

  it('keeps pace with attention over a context that grows', () => {
    const growing: Device = ({ layer, rows, position }) => {
      const seen = layer % 2 === 0 ? 128 : position
      return [5, 12 + 0.03 * rows, 8, (rows * seen) / 65536]
    }
    const submissions = prefill(newPace(), growing, 131_072)
    expect(longest(submissions)).toBeLessThanOrEqual(maxSubmissionMs)
    // Attention alone takes 512 ms for 256 tokens at the end.
    expect(submissions.at(-1)?.rows).toBeGreaterThanOrEqual(32)
    expect(submissions.at(-1)?.rows).toBeLessThanOrEqual(64)
  })
})

describe('what was measured', () => {
  it('on a device that becomes slower is made up for at once', () => {
    const pace = newPace()
    prefill(pace, gpu(0.3), 2000)
    const submissions = prefill(pace, gpu(1.2), 2000)
    expect(submissions.filter(({ ms }) => ms > maxSubmissionMs)).toHaveLength(1)
    expect(submissions[0]?.ms).toBeGreaterThan(maxSubmissionMs)
  })

  it('as nothing by a coarse clock, and then as long, sends nothing slow along with it', () => {
    const pace = createPrefillPace({ kinds: ['norm', 'sum', 'product'], minRows: 32, maxRows: 32 })
    const rows = pace.rows()
    for (const [first, ms] of [0, 0, 70].entries()) pace.measured({ rows, first, count: 1, ms })
    pace.measured({ rows, first: 0, count: 1, ms: 130 })
    expect(pace.next(1, rows)).toEqual({ count: 1, expectedMs: 0 })
  })

  it('of the rest of a prompt makes the next one no more careful', () => {
    const pace = newPace()
    prefill(pace, gpu(1), 4096)
    const rows = pace.rows()
    prefill(pace, gpu(1), 3)
    expect(pace.rows()).toBe(rows)
  })

  it('of a first prompt of a few tokens is a beginning', () => {
    const pace = newPace()
    prefill(pace, gpu(0.01), 3)
    expect(pace.rows()).toBe(1024)
  })
})
