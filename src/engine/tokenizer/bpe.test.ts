import { describe, expect, it } from 'vitest'
import { encodePiece } from './bpe'

/** The rule as the specification words it, pair by pair. */
function encodeSlowly(piece: string, idOf: ReadonlyMap<string, number>): number[] {
  const parts = [...piece]
  for (;;) {
    let best: { at: number; id: number } | undefined
    for (let at = 0; at + 1 < parts.length; at++) {
      const id = idOf.get(`${parts[at]}${parts[at + 1]}`)
      if (id !== undefined && (best === undefined || id < best.id)) best = { at, id }
    }
    if (best === undefined) return parts.map((part) => idOf.get(part) as number)
    parts.splice(best.at, 2, `${parts[best.at]}${parts[best.at + 1]}`)
  }
}

const vocabulary = (...tokens: string[]) => new Map(tokens.map((token, id) => [token, id]))

describe('encodePiece', () => {
  it('joins the pair of the lowest id first', () => {
    expect(encodePiece('abc', vocabulary('a', 'b', 'c', 'bc', 'ab'), 2)).toEqual([0, 3])
    expect(encodePiece('abc', vocabulary('a', 'b', 'c', 'ab', 'bc'), 2)).toEqual([3, 2])
  })

  it('joins the leftmost of equal pairs first', () => {
    expect(encodePiece('aaa', vocabulary('a', 'aa'), 2)).toEqual([1, 0])
  })

  it('reaches a token only through pairs that are tokens', () => {
    expect(encodePiece('abc', vocabulary('a', 'b', 'c', 'abc'), 3)).toEqual([0, 1, 2])
  })

  it('encodes nothing and a single byte', () => {
    expect(encodePiece('', vocabulary('a'), 1)).toEqual([])
    expect(encodePiece('a', vocabulary('a'), 1)).toEqual([0])
  })

  it('agrees with the plain rule on every string of up to seven letters', () => {
    const idOf = vocabulary('a', 'b', 'ab', 'ba', 'aa', 'aab', 'abab', 'baa', 'bb', 'abb', 'aabb')
    for (let length = 1; length <= 7; length++) {
      for (let bits = 0; bits < 2 ** length; bits++) {
        const piece = bits.toString(2).padStart(length, '0').replace(/0/g, 'a').replace(/1/g, 'b')
        expect(encodePiece(piece, idOf, 4)).toEqual(encodeSlowly(piece, idOf))
      }
    }
  })
})
