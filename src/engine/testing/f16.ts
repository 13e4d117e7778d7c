/** Half-precision floats (IEEE 754 binary16) as bytes: Node 20 has no Float16Array. */
import { f16ToNumber } from '../reference'

/**
 * The bytes of numbers that f16 holds exactly, little-endian.
 *
 * @throws RangeError for a number that f16 would round
 */
export function f16Bytes(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const f32Bits = new Uint32Array(Float32Array.from(values).buffer)
  return new Uint8Array(
    Uint16Array.from(values, (value, i) => {
      const bits = f16Bits(value, f32Bits[i] as number)
      if (!Object.is(f16ToNumber(bits), value)) throw new RangeError(`f16 cannot hold ${value}`)
      return bits
    }).buffer,
  )
}

/** The bits of `value` if f16 holds it; of some other number if not. */
function f16Bits(value: number, f32: number): number {
  const sign = (f32 >>> 16) & 0x8000
  const exponent = Math.max(((f32 >>> 23) & 255) - 127, -14)
  // In units of the last place: 1024 to 2047 for a normal number, less for a subnormal one.
  const significand = Math.abs(value) / 2 ** (exponent - 10)
  return sign | (((exponent + 14) << 10) + significand)
}
