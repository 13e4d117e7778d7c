import { describe, expect, it } from 'vitest'
import { randomIntegers } from '../testing/random'
import { Stretches } from './stretches'

describe('Stretches', () => {
  it('knows what was added, across the joints', () => {
    const stretches = new Stretches()
    expect(stretches.add(10, 20)).toBe(true)
    expect(stretches.add(30, 40)).toBe(true)
    expect(stretches.has(10, 40)).toBe(false)
    expect(stretches.add(20, 30)).toBe(true)
    expect(stretches.has(10, 40)).toBe(true)
    expect(stretches.has(9, 11)).toBe(false)
    expect(stretches.has(39, 41)).toBe(false)
  })

  it.each([
    [10, 11],
    [19, 20],
    [5, 11],
    [19, 25],
    [0, 100],
    [12, 15],
  ])('refuses [%i, %i) where [10, 20) is there', (begin, end) => {
    const stretches = new Stretches()
    stretches.add(10, 20)
    expect(stretches.add(begin, end)).toBe(false)
    expect(stretches.add(0, 10)).toBe(true)
    expect(stretches.add(20, 100)).toBe(true)
    expect(stretches.has(0, 100)).toBe(true)
  })

  it('joins pieces in any order to one', () => {
    const next = randomIntegers(1)
    const pieces = Array.from({ length: 500 }, (_, i) => ({ i, rank: next() }))
    const stretches = new Stretches()
    for (const { i } of pieces.sort((a, b) => a.rank - b.rank)) {
      expect(stretches.has(7 * i, 7 * i + 1)).toBe(false)
      expect(stretches.add(7 * i, 7 * (i + 1))).toBe(true)
    }
    expect(stretches.has(0, 3500)).toBe(true)
    expect(stretches.has(0, 3501)).toBe(false)
  })
})
