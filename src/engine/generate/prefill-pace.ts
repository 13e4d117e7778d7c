import { largestTileTokens } from '../kernels/tile'

/**
 * No submission of prefill is meant to run longer: a system takes a GPU away from whoever blocks it for
 * seconds, the screen waits as long as any, and so do a stop and the next request.
 */
export const maxSubmissionMs = 150

/** What submissions are sized for; the rest is for clocks that fall and a context that grows. */
const aimedMs = 0.8 * maxSubmissionMs

/** A submission, or several one after another, that computed whole layers for a chunk's tokens. */
export interface MeasuredWork {
  /** Tokens of the chunk. */
  rows: number
  firstLayer: number
  layers: number
  /** On the device, all of it together. */
  ms: number
  /** What the slowest dispatch took of it, where each was a submission of its own. */
  slowestMs?: number
}

/** How much of a prompt each submission of prefill carries. */
export interface PrefillPace {
  /** Tokens of the next chunk, unless fewer are left. */
  rows(): number
  /**
   * How many layers, from the given one on, the next submission carries for a chunk of `rows` tokens;
   * 0: not even one, each of its dispatches is a submission.
   */
  layers(firstLayer: number, rows: number): number
  measured(work: MeasuredWork): void
}

export interface PrefillPaceOptions {
  /** What kind each layer is of; those of one kind take the same time. */
  kinds: readonly string[]
  /** The fewest tokens worth a chunk, and the most that there is room for. */
  minRows: number
  maxRows: number
}

/** What a layer of one kind took when it was last seen, for how many tokens. */
interface LayerTime {
  rows: number
  ms: number
  /** What part of it the slowest dispatch took. */
  slowestShare: number
}

/**
 * Sizes submissions by what the ones before took.
 *
 * A chunk is cut into submissions of some layers, where one layer is too much of single dispatches,
 * and only where one of these would be too much is the chunk shorter. In that order, because each
 * expert computes whole tiles however few tokens choose it: 256 tokens of gpt-oss-20b cost less than
 * twice what 32 cost. Twice the tokens take at most twice the time, so a guess from fewer tokens errs
 * on the safe side, and one step up follows another until a guess forbids it. Nothing is known of the
 * first submission, which is the smallest: one dispatch of a chunk of `minRows`.
 */
export function createPrefillPace({ kinds, minRows, maxRows }: PrefillPaceOptions): PrefillPace {
  const known = new Map<string, LayerTime>()
  let offeredRows = 0

  /** The most that a layer of `rows` tokens will take: as long as fewer did, or in proportion. */
  function expectedMs(kind: string, rows: number): number {
    const time = known.get(kind)
    return time ? time.ms * Math.max(1, rows / time.rows) : Number.POSITIVE_INFINITY
  }
  const isTooMuch = (rows: number) =>
    kinds.some((kind) => expectedMs(kind, rows) * (known.get(kind)?.slowestShare ?? 1) > aimedMs)

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
    layers(firstLayer, rows) {
      let layers = 0
      let ms = 0
      for (const kind of kinds.slice(firstLayer)) {
        ms += expectedMs(kind, rows)
        if (ms > aimedMs) break
        layers++
      }
      return layers
    },
    measured({ rows, firstLayer, layers, ms, slowestMs }) {
      const done = kinds.slice(firstLayer, firstLayer + layers)
      const expected = done.reduce((sum, kind) => sum + expectedMs(kind, rows), 0)
      // The rest of a prompt, fewer tokens than there might have been, says nothing of longer chunks.
      if (rows < offeredRows && ms <= expected && expected < Number.POSITIVE_INFINITY) return
      // Of several layers each took its share, as far as that is known.
      const share = (kind: string) =>
        (layers > 1 ? expectedMs(kind, rows) / expected : 1) || 1 / layers
      const times = new Map(
        done.map((kind): [string, LayerTime] => {
          const slowestShare = slowestMs ? slowestMs / ms : (known.get(kind)?.slowestShare ?? 1)
          return [kind, { rows, ms: ms * share(kind), slowestShare }]
        }),
      )
      // What slows one kind down, another program or a clock that falls, is expected to slow all of them.
      const slowdown = Math.max(1, ms / expected)
      for (const [kind, time] of known) known.set(kind, { ...time, ms: time.ms * slowdown })
      for (const [kind, time] of times) known.set(kind, time)
    },
  }
}
