import type { Clock } from './clock'

/** Most requests at once: browsers open six connections to an HTTP/1.1 server. */
const MAX_WIDTH = 6

/** How long throughput is measured before the next step. */
const ROUND_MS = 2000

/** Throughput that is this much higher than the best so far is no accident of the network. */
const GROWTH = 1.1

/**
 * How many requests are worth making at once: two at first, one more as long as that brings more
 * bytes per second, half as many after trouble.
 */
export class Parallelism {
  #width = 2
  #bestRate = 0
  #roundBytes = 0
  #roundBeginMs: number
  readonly #clock: Pick<Clock, 'now'>

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
    this.#roundBeginMs = clock.now()
  }

  get width(): number {
    return this.#width
  }

  /** Counts bytes that have just arrived. */
  received(bytes: number): void {
    this.#roundBytes += bytes
    const elapsedMs = this.#clock.now() - this.#roundBeginMs
    if (elapsedMs < ROUND_MS) return
    const rate = this.#roundBytes / elapsedMs
    if (rate > this.#bestRate * GROWTH) {
      this.#bestRate = rate
      this.#width = Math.min(this.#width + 1, MAX_WIDTH)
    }
    this.#beginRound()
  }

  /** A request had to be repeated: perhaps there were too many. */
  shrink(): void {
    this.#width = Math.ceil(this.#width / 2)
    this.#bestRate = 0
    this.#beginRound()
  }

  #beginRound() {
    this.#roundBytes = 0
    this.#roundBeginMs = this.#clock.now()
  }
}
