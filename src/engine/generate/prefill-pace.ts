import { largestTileTokens } from '../kernels/tile'

/**
 * No submission of prefill is meant to run longer: a system takes a GPU away from whoever blocks it for
 * seconds, the screen waits as long as any, and so do a stop and the next request.
 */
export const maxSubmissionMs = 150

/**
 * What submissions are sized for, and two of them where a second is under way; the rest is for clocks that
 * fall and a context that grows.
 */
export const underWayMs = 0.8 * maxSubmissionMs

export interface NextSubmission {
  count: number
  /** Infinity where nothing is known of a dispatch; it is alone then. */
  expectedMs: number
}

/** Dispatches `first` … `first + count - 1` of a chunk of `rows` tokens, and what they took on the device. */
export interface MeasuredSubmission {
  rows: number
  first: number
  count: number
  ms: number
}

/** How much of a prompt each submission of prefill carries. */
export interface PrefillPace {
  /** Tokens of the next chunk, unless fewer are left. */
  rows(): number
  /** How many dispatches to submit, from `first` on, of a chunk of `rows` tokens. */
  next(first: number, rows: number): NextSubmission
  measured(submission: MeasuredSubmission): void
}

export interface PrefillPaceOptions {
  /** What kind each dispatch of a chunk is of, in order; those of one kind take the same time. */
  kinds: readonly string[]
  /** The fewest tokens worth a chunk, and the most that there is room for. */
  minRows: number
  maxRows: number
}

/**
 * Sizes submissions by what the ones before took.
 *
 * A chunk is cut into submissions, of one dispatch if need be, and only where that would be too much the
 * chunk is shorter. In that order, because each expert computes whole tiles however few tokens choose it:
 * 256 tokens of gpt-oss-20b cost less than twice what 32 cost. Twice the tokens take at most twice the time,
 * so a guess from fewer tokens errs on the safe side, and one step up follows another until a guess forbids
 * it. What nothing is known of is submitted alone, and the first chunk has `minRows` tokens.
 */
export function createPrefillPace({ kinds, minRows, maxRows }: PrefillPaceOptions): PrefillPace {
  /** What a dispatch of each kind took when it was last seen, for how many tokens. */
  const known = new Map<string, { rows: number; ms: number }>()
  const allKinds = new Set(kinds)
  let offeredRows = 0

  /** The most that a dispatch will take for `rows` tokens: as long as for fewer, or in proportion. */
  function expectedMs(kind: string, rows: number): number {
    const time = known.get(kind)
    return time ? time.ms * Math.max(1, rows / time.rows) : Number.POSITIVE_INFINITY
  }
  const isTooMuch = (rows: number) =>
    Array.from(allKinds).some((kind) => expectedMs(kind, rows) > underWayMs)

  return {
    rows() {
      offeredRows = maxRows
      while (offeredRows > minRows && isTooMuch(offeredRows))
        offeredRows = Math.max(
          minRows,
          (Math.ceil(offeredRows / largestTileTokens) - 1) * largestTileTokens,
        )
      return offeredRows
    },
    next(first, rows) {
      let count = 0
      let sumMs = 0
      for (const kind of kinds.slice(first)) {
        const ms = expectedMs(kind, rows)
        // Half of what may be under way, so that another one can be.
        if (count > 0 && sumMs + ms > underWayMs / 2) break
        sumMs += ms
        count++
      }
      return { count, expectedMs: sumMs }
    },
    measured({ rows, first, count, ms }) {
      const done = kinds.slice(first, first + count)
      const expected = done.reduce((sum, kind) => sum + expectedMs(kind, rows), 0)
      // The rest of a prompt, fewer tokens than there might have been, says nothing of longer chunks.
      if (rows < offeredRows && ms <= expected && expected < Number.POSITIVE_INFINITY) return
      // Of several each took its share, as far as that is known.
      const share = (kind: string) =>
        count > 1 && expected > 0 ? expectedMs(kind, rows) / expected : 1 / count
      const times = new Map(done.map((kind) => [kind, { rows, ms: ms * share(kind) }]))
      // Where one takes too long, another program or a clock that falls, all of them will.
      if (ms > underWayMs && ms > expected && expected > 0)
        for (const [kind, time] of known)
          known.set(kind, { ...time, ms: (time.ms * ms) / expected })
      for (const [kind, time] of times) known.set(kind, time)
    },
  }
}
