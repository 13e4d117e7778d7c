/** Numbers that were added in stretches [begin, end), in any order. */
export class Stretches {
  /** In order, apart from each other. */
  readonly #stretches: { begin: number; end: number }[] = []

  /** Adds a stretch; false, and nothing is added, where a part of it is there already. */
  add(begin: number, end: number): boolean {
    const next = this.#stretches.findIndex((stretch) => stretch.end > begin)
    const at = next < 0 ? this.#stretches.length : next
    const after = this.#stretches[at]
    const before = this.#stretches[at - 1]
    if (after && after.begin < end) return false
    const joinsBefore = before?.end === begin
    const joinsAfter = after?.begin === end
    const joined = {
      begin: before && joinsBefore ? before.begin : begin,
      end: after && joinsAfter ? after.end : end,
    }
    this.#stretches.splice(
      joinsBefore ? at - 1 : at,
      Number(joinsBefore) + Number(joinsAfter),
      joined,
    )
    return true
  }

  /** Whether all of [begin, end) was added. */
  has(begin: number, end: number): boolean {
    return this.#stretches.some((stretch) => stretch.begin <= begin && end <= stretch.end)
  }
}
