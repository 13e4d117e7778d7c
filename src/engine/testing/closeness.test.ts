import { describe, expect, it } from 'vitest'
import { expectClose, sumTolerance } from './closeness'
import { randomF32 } from './random'

describe('expectClose', () => {
  it('allows absolute plus relative difference', () => {
    expectClose([100.9, 0.1], [100, 0], { absolute: 0.1, relative: 0.01 })
    expect(() => expectClose([101.2], [100], { absolute: 0.1, relative: 0.01 })).toThrow()
  })

  it('names the worst element by its place in the shape', () => {
    expect(() =>
      expectClose([1, 2, 3, 4.5, 5, 9], [1, 2, 3, 4, 5, 6], { absolute: 0.1 }, [3, 2]),
    ).toThrow(
      '2 of 6 values are too far off (shape [3, 2]); the worst, at [2, 1], is 9, expected 6: off by 3.00, allowed 0.100',
    )
  })

  it.each([Number.NaN, Infinity, -Infinity])('never accepts %s for a number', (value) => {
    expect(() => expectClose([value], [1], { absolute: 1e9, relative: 1e9 })).toThrow()
  })

  it('accepts an infinity where it is expected', () => {
    expectClose([-Infinity], [-Infinity], {})
  })

  it('wants as many values as expected', () => {
    expect(() => expectClose([1], [1, 2], {})).toThrow('expected 2 values, got 1')
  })
})

describe('sumTolerance', () => {
  it('has room for a sum in f32 and none for a missing term', () => {
    const terms = randomF32(2880, 1)
    const exact = terms.reduce((sum, term) => sum + term, 0)
    const rounded = terms.reduce((sum, term) => Math.fround(sum + term), 0)
    expectClose([rounded], [exact], sumTolerance(2880))
    expect(() => expectClose([rounded - 0.001], [exact], sumTolerance(2880))).toThrow()
  })
})
