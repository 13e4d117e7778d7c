import type { Values } from '../reference'

/** How far an element may lie from what is expected: absolute + relative · |expected|. */
export interface Tolerance {
  absolute?: number
  relative?: number
}

/**
 * Fails unless every element is close to what is expected.
 *
 * The message names the element that misses its tolerance by the largest factor, and how many do. A
 * NaN or an infinity where a number is expected always fails.
 */
export function expectClose(
  actual: Values,
  expected: Values,
  { absolute = 0, relative = 0 }: Tolerance,
  shape: readonly number[] = [expected.length],
): void {
  if (actual.length !== expected.length) {
    throw new Error(`expected ${expected.length} values, got ${actual.length}`)
  }

  let misses = 0
  let worst = 0
  let worstExcess = 0
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i] as number
    const e = expected[i] as number
    if (Object.is(a, e)) continue
    const allowed = absolute + relative * Math.abs(e)
    const difference = Math.abs(a - e)
    if (difference <= allowed) continue
    misses++
    const excess = Number.isFinite(difference) ? difference / allowed : Infinity
    if (misses === 1 || excess > worstExcess) {
      worst = i
      worstExcess = excess
    }
  }
  if (misses === 0) return

  const a = actual[worst] as number
  const e = expected[worst] as number
  throw new Error(
    `${misses} of ${expected.length} values are too far off (shape [${shape.join(', ')}]); ` +
      `the worst, at [${indices(worst, shape).join(', ')}], is ${a}, expected ${e}: ` +
      `off by ${Math.abs(a - e).toPrecision(3)}, ` +
      `allowed ${(absolute + relative * Math.abs(e)).toPrecision(3)}`,
  )
}

/**
 * What rounding to f32 may do to a sum of `terms` numbers of random signs and up to about
 * `magnitude`: half a unit in the last place of that for each. Partial sums grow with the root of
 * their number, so this is several times what happens, and far below what a wrong index does.
 */
export function sumTolerance(terms: number, magnitude = 1): Tolerance {
  return { absolute: terms * magnitude * 2 ** -24, relative: 2 ** -22 }
}

/** Position in an array of this shape of the element at a flat index. */
function indices(flat: number, shape: readonly number[]): number[] {
  let rest = flat
  return shape
    .toReversed()
    .map((length) => {
      const index = rest % length
      rest = Math.floor(rest / length)
      return index
    })
    .reverse()
}
