import type { Work } from '../gpu/kernel'
import { type NextSubmission, type PrefillPace, underWayMs } from './prefill-pace'

/** A device that works through submissions in order, and a clock. */
export interface PrefillDevice<Dispatch> {
  submit(dispatches: readonly Dispatch[], work: Work): void
  /** Resolves when all that was submitted so far is done. */
  finished(): Promise<unknown>
  /** Milliseconds since some fixed moment. */
  now(): number
}

/** A submission as the host sees it. */
interface Submission {
  readonly expectedMs: number
  /** From the end of the one before, or from its own beginning, until it was seen to be done. */
  ms: number
  done: Promise<void>
}

/**
 * Submits prefill's chunks, cut up as the pace says, and tells it what each part took.
 *
 * A second submission is handed over while the first one runs, where both together are expected to stay
 * within what one may take: the device goes on without a pause, and whoever wants it in between waits no
 * longer than for one.
 */
export class PrefillQueue<Dispatch> {
  readonly #pace: PrefillPace
  readonly #device: PrefillDevice<Dispatch>
  /** Two at most, in order. */
  readonly #underWay: Submission[] = []
  #endedMs = Number.NEGATIVE_INFINITY

  constructor(pace: PrefillPace, device: PrefillDevice<Dispatch>) {
    this.#pace = pace
    this.#device = device
  }

  /**
   * Submits the dispatches that compute a chunk. An abort takes effect between submissions.
   * @returns whether all was submitted; the last of it may still be under way
   * @throws what the device's `finished` throws
   */
  async submitChunk(
    work: Work,
    dispatches: readonly Dispatch[],
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { rows } = work
    for (let first = 0; first < dispatches.length; ) {
      const { count, expectedMs } = await this.#nextWithRoom(first, rows)
      if (signal?.aborted) return false
      const stretch = { first, count }
      first += count
      this.#submit(
        () => this.#device.submit(dispatches.slice(stretch.first, first), work),
        expectedMs,
        (ms) => this.#pace.measured({ ...stretch, rows, ms }),
      )
    }
    return true
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    await this.#underWay.at(-1)?.done
  }

  /** What to submit next, as soon as there is room for it; what ends meanwhile is taken into account. */
  async #nextWithRoom(first: number, rows: number): Promise<NextSubmission> {
    for (;;) {
      const next = this.#pace.next(first, rows)
      const [oldest, ...others] = this.#underWay
      if (!oldest) return next
      if (others.length === 0 && oldest.expectedMs + next.expectedMs <= underWayMs) return next
      await oldest.done
    }
  }

  #submit(submit: () => void, expectedMs: number, measured: (ms: number) => void) {
    const submittedMs = this.#device.now()
    const before = this.#underWay.at(-1)
    submit()
    const finished = this.#device.finished().then(() => {
      const endedMs = this.#device.now()
      submission.ms = endedMs - Math.max(submittedMs, this.#endedMs)
      this.#endedMs = endedMs
      this.#underWay.shift()
      // Where two end while the host is busy, the second seems to take nothing: it takes its share of both.
      const share = before ? expectedMs / (before.expectedMs + expectedMs) || 0 : 0
      measured(Math.max(submission.ms, share * (submission.ms + (before?.ms ?? 0))))
    })
    // Whoever awaits it hears of a failure; until then it is not "unhandled".
    finished.catch(() => {})
    const submission: Submission = { expectedMs, ms: 0, done: finished }
    this.#underWay.push(submission)
  }
}
