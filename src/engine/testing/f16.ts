/** Half-precision floats (IEEE 754 binary16): Node 20 has no Float16Array. */
import { f16ToNumber } from '../reference'

/**
 * The bytes of numbers that f16 holds exactly, little-endian.
 *
 * @throws RangeError for a number that f16 would round
 */
export function f16Bytes(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    Uint16Array.from(values, (value) => {
      const bits = nearestF16(value)
      if (!Object.is(f16ToNumber(bits), value)) throw new RangeError(`f16 cannot hold ${value}`)
      return bits
    }).buffer,
  )
}

/** The bits of the half that is nearest, of two the even one. */
export function nearestF16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude >= 65520) return sign | 0x7c00
  // Halves below 2⁻¹⁴ have the spacing of those just above it.
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14)
  const steps = magnitude / 2 ** (exponent - 10)
  const below = Math.floor(steps)
  const rest = steps - below
  const rounded = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
  // A carry out of the fraction runs into the exponent, as it should.
  return sign | (((exponent + 14) << 10) + rounded)
}

/** What the key/value cache keeps of a number: the nearest half, of what is too large the largest. */
export const asCached = (value: number): number =>
  f16ToNumber(nearestF16(Math.min(Math.max(value, -65504), 65504)))
