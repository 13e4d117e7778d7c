/** Larger than any position in a text, so that a heap key holds an id and a position exactly. */
const POSITIONS = 2 ** 31

const NO_TOKEN = -1

/**
 * Byte-pair encoding of one piece (spec section 6, step 2): joins the neighbours whose concatenation
 * has the lowest id, the leftmost first among equals, until no two neighbours form a token.
 *
 * The candidates wait in a heap, so a piece of n bytes takes O(n log n): text without a single space
 * is one piece, and the plain loop over all pairs would need minutes for 100 KB of it.
 *
 * @param piece one character a byte (byte-characters.ts); every single byte is a token
 * @param idOf token → id
 * @param longestToken bytes of the longest token; nothing longer is looked up
 */
export function encodePiece(
  piece: string,
  idOf: ReadonlyMap<string, number>,
  longestToken: number,
): number[] {
  // A linked list of parts, each named by where it starts.
  const next = Int32Array.from({ length: piece.length }, (_, start) => start + 1)
  const previous = Int32Array.from({ length: piece.length }, (_, start) => start - 1)
  // The id of the token that a part and its right neighbour would form.
  const joinedId = new Int32Array(piece.length).fill(NO_TOKEN)
  const candidates = new MinHeap()

  const propose = (start: number) => {
    const middle = next[start] as number
    const end = middle < piece.length ? (next[middle] as number) : Number.POSITIVE_INFINITY
    const id =
      end - start <= longestToken ? (idOf.get(piece.slice(start, end)) ?? NO_TOKEN) : NO_TOKEN
    joinedId[start] = id
    if (id !== NO_TOKEN) candidates.push(id * POSITIONS + start)
  }

  for (let start = 0; start < piece.length; start++) propose(start)
  for (let key = candidates.pop(); key !== undefined; key = candidates.pop()) {
    const start = key % POSITIONS
    const isStale = joinedId[start] !== (key - start) / POSITIONS
    if (isStale) continue
    const joined = next[start] as number
    const after = next[joined] as number
    next[start] = after
    if (after < piece.length) previous[after] = start
    joinedId[joined] = NO_TOKEN
    propose(start)
    if (start > 0) propose(previous[start] as number)
  }

  const ids: number[] = []
  for (let start = 0; start < piece.length; start = next[start] as number) {
    ids.push(idOf.get(piece.slice(start, next[start])) as number)
  }
  return ids
}

/** A binary heap of numbers, the smallest on top. */
class MinHeap {
  readonly #keys: number[] = []

  push(key: number): void {
    const keys = this.#keys
    let at = keys.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const parentKey = keys[parent] as number
      if (parentKey <= key) break
      keys[at] = parentKey
      at = parent
    }
    keys[at] = key
  }

  pop(): number | undefined {
    const keys = this.#keys
    const top = keys[0]
    const last = keys.pop()
    if (last === undefined || keys.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= keys.length) break
      if (child + 1 < keys.length && (keys[child + 1] as number) < (keys[child] as number)) child++
      const childKey = keys[child] as number
      if (childKey >= last) break
      keys[at] = childKey
      at = child
    }
    keys[at] = last
    return top
  }
}
