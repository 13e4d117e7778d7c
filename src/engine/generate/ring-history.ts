import type { RingSize } from '../model/rings'

/** A kept copy of the window before a position. */
export interface Snapshot {
  slot: number
  position: number
}

/**
 * Which positions the rings of the sliding layers hold, and what was kept of those they held: from
 * where computing can go on after a conversation was changed. Bookkeeping alone; whoever asks does
 * the copying.
 */
export class RingHistory {
  readonly #size: RingSize
  /** The rings hold positions from the later of `low` and `high - capacity` to before `high`. */
  #low = 0
  #high = 0
  /** In the order of their positions. */
  #kept: Snapshot[] = []

  constructor(size: RingSize) {
    this.#size = size
  }

  /** Keys and values before position `end` have been, or may have been, written. */
  wrote(end: number): void {
    this.#high = Math.max(this.#high, end)
  }

  /** Positions from `end` on, which might have been, were not written after all. */
  wroteNothingFrom(end: number): void {
    this.#high = Math.min(this.#high, end)
  }

  /**
   * Goes back to the last position up to `position` where the window before it is whole, and forgets
   * what came after. A slot that comes with it must be restored first.
   */
  rewind(position: number): { position: number; slot?: number } {
    this.#kept = this.#kept.filter((snapshot) => snapshot.position <= position)
    if (this.#holdsBefore(position)) {
      this.#low = this.#first()
      this.#high = position
      return { position }
    }
    const last = this.#kept.at(-1)
    this.#high = last?.position ?? 0
    this.#low = Math.max(0, this.#high - this.#size.window)
    return last ?? { position: 0 }
  }

  /**
   * Chooses which windows to keep besides those that are kept: the ones before `positions`, as far as
   * slots reach.
   * @param positions ascending, after those kept before
   * @returns what must be copied now
   */
  keep(positions: readonly number[]): Snapshot[] {
    const before = new Map(this.#kept.map(({ slot, position }) => [position, slot]))
    const added = positions.filter(
      (position) => position > 0 && !before.has(position) && this.#holdsBefore(position),
    )
    const chosen = thinnedOut([...before.keys(), ...added], this.#size.slots)
    const taken = new Set(chosen.map((position) => before.get(position)))
    const free = Array.from({ length: this.#size.slots }, (_, slot) => slot).filter(
      (slot) => !taken.has(slot),
    )
    this.#kept = chosen.map((position) => ({
      position,
      slot: before.get(position) ?? (free.shift() as number),
    }))
    return this.#kept.filter(({ position }) => !before.has(position))
  }

  #first(): number {
    return Math.max(this.#low, this.#high - this.#size.capacity)
  }

  #holdsBefore(position: number): boolean {
    return position <= this.#high && Math.max(0, position - this.#size.window) >= this.#first()
  }
}

/**
 * At most `count` of ascending positions. What goes is where least has to be computed again without
 * it, compared with how far back it lies: what was said last is changed more often than what was
 * said long ago. So places lie close together near the end, and ever farther apart before.
 */
function thinnedOut(positions: readonly number[], count: number): number[] {
  const left = [...positions]
  const end = left.at(-1) ?? 0
  while (left.length > count) {
    const worth = left.map((position, i) => (position - (left[i - 1] ?? 0)) / (end - position))
    left.splice(worth.indexOf(Math.min(...worth)), 1)
  }
  return left
}
