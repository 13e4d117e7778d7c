import type { TensorDtype } from '../weights/tensor-table'

/** Reads element `i` of little-endian bytes as a number; exact, since f32 holds all of these types. */
type ReadElement = (bytes: DataView, i: number) => number

/** Types of vectors, which the GPU has as f32. */
export const elementReaders: Readonly<
  Partial<Record<TensorDtype, { bytes: number; read: ReadElement }>>
> = {
  BF16: { bytes: 2, read: (bytes, i) => bf16Value(bytes.getUint16(2 * i, true)) },
  F16: { bytes: 2, read: (bytes, i) => f16Value(bytes.getUint16(2 * i, true)) },
  F32: { bytes: 4, read: (bytes, i) => bytes.getFloat32(4 * i, true) },
}

const word = new DataView(new ArrayBuffer(4))

/** The 16 bits are the upper half of the f32. */
function bf16Value(bits: number): number {
  word.setUint16(0, bits)
  return word.getFloat32(0)
}

/** IEEE 754 binary16. */
function f16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}
