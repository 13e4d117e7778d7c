import { describe, expect, it } from 'vitest'
import { Parallelism } from './parallelism'

/** Widths after rounds of two seconds that brought so many bytes each. */
function widths(rounds: (number | 'trouble')[]) {
  let nowMs = 0
  const parallelism = new Parallelism({ now: () => nowMs })
  return rounds.map((round) => {
    if (round === 'trouble') {
      parallelism.shrink()
    } else {
      nowMs += 1000
      parallelism.received(round / 2)
      nowMs += 1000
      parallelism.received(round / 2)
    }
    return parallelism.width
  })
}

describe('Parallelism', () => {
  it.each([
    { rounds: [100, 200, 300, 400, 500, 600], expected: [3, 4, 5, 6, 6, 6], because: 'more helps' },
    { rounds: [100, 105, 90, 109], expected: [3, 3, 3, 3], because: 'more does not help' },
    { rounds: [100, 100, 150, 150], expected: [3, 3, 4, 4], because: 'the network got better' },
    {
      rounds: [100, 200, 300, 400, 'trouble' as const, 'trouble' as const, 'trouble' as const],
      expected: [3, 4, 5, 6, 3, 2, 1],
      because: 'the server is overrun',
    },
    {
      rounds: [100, 'trouble' as const, 'trouble' as const, 40, 60],
      expected: [3, 2, 1, 2, 3],
      because: 'it recovers from trouble, at whatever speed there is then',
    },
  ])('goes from two to $expected: $because', ({ rounds, expected }) => {
    expect(widths(rounds)).toEqual(expected)
  })

  it('takes no step before two seconds have passed', () => {
    let nowMs = 0
    const parallelism = new Parallelism({ now: () => nowMs })
    nowMs = 1999
    parallelism.received(1e9)
    expect(parallelism.width).toBe(2)
  })
})
