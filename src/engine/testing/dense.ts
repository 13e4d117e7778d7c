import type { DenseFormat, DenseWeight } from '../kernels/dense-weight'
import { decode } from '../reference'
import { f16Bytes } from './f16'
import type { TestGpu } from './gpu'
import { bf16Bytes, randomBf16, randomF16, randomF32, randomIntegers } from './random'

export const denseFormats: readonly DenseFormat[] = ['bf16', 'f16', 'f32', 'q8_0']

/** A dense matrix as a file stores it, and the numbers that it holds. */
export interface Dense {
  format: DenseFormat
  rows: number
  channels: number
  bytes: Uint8Array<ArrayBuffer>
  values: Float64Array // [rows, channels]
}

const dtypes = { bf16: 'BF16', f16: 'F16', f32: 'F32', q8_0: 'Q8_0' } as const

/** A matrix of these bytes. */
export function denseOf(
  format: DenseFormat,
  [rows, channels]: readonly [number, number],
  bytes: Uint8Array<ArrayBuffer>,
): Dense {
  return { format, rows, channels, bytes, values: decode({ dtype: dtypes[format], bytes }) }
}

/** A matrix in BF16, on the GPU; `values` must be exact in it. */
export function bf16Weight(
  gpu: TestGpu,
  shape: readonly [number, number],
  values: ArrayLike<number>,
): DenseWeight {
  return uploadDense(gpu, denseOf('bf16', shape, bf16Bytes(values)))
}

/** The same matrix in every format: multiples of 1/64 in [-1, 1), which each holds exactly. */
export function randomInEveryFormat(
  [rows, channels]: readonly [number, number],
  seed: number,
): Dense[] {
  const next = randomIntegers(seed)
  const quants = Int8Array.from({ length: rows * channels }, () => (next() >>> 25) - 64)
  const values = Float32Array.from(quants, (quant) => quant / 64)
  const scale = f16Bytes([1 / 64])
  const blocks = Array.from({ length: quants.length / 32 }, (_, block) => [
    ...scale,
    ...quants.subarray(32 * block, 32 * (block + 1)),
  ])
  const bytes = {
    bf16: bf16Bytes(values),
    f16: f16Bytes(values),
    f32: new Uint8Array(values.buffer),
    q8_0: Uint8Array.from(blocks.flat()),
  }
  return denseFormats.map((format) => denseOf(format, [rows, channels], bytes[format]))
}

/** Numbers of up to about 1; every ninth half is subnormal, which a device may take for zero. */
export function randomDense(
  format: DenseFormat,
  shape: readonly [number, number],
  seed: number,
): Dense {
  const length = shape[0] * shape[1]
  switch (format) {
    case 'bf16':
      return denseOf(format, shape, bf16Bytes(randomBf16(length, seed)))
    case 'f16':
      return denseOf(format, shape, f16Bytes(withSubnormals(randomF16(length, seed))))
    case 'f32':
      return denseOf(format, shape, new Uint8Array(randomF32(length, seed).buffer as ArrayBuffer))
    case 'q8_0':
      return denseOf(format, shape, randomQ80(length / 32, seed))
  }
}

/** Largest subnormal halves in the place of every ninth number, of either sign. */
const withSubnormals = (values: Float32Array) =>
  values.map((value, i) => (i % 9 === 7 ? Math.sign(value) * 1023 * 2 ** -24 : value))

/** Blocks of Q8_0 as a GGUF file stores them: a half and 32 signed bytes, of which every one occurs. */
export function randomQ80(blocks: number, seed: number): Uint8Array<ArrayBuffer> {
  const next = randomIntegers(seed)
  const scales = f16Bytes(withSubnormals(randomF16(blocks, seed + 1).map((value) => value / 128)))
  return Uint8Array.from({ length: 34 * blocks }, (_, i) =>
    i % 34 < 2 ? (scales[2 * Math.floor(i / 34) + (i % 34)] as number) : next() >>> 24,
  )
}

/** The two parts of Q8_0 blocks as the kernels read them: all quants, then all scales. */
export function splitQ80(bytes: Uint8Array): { quants: Uint8Array; scales: Uint8Array } {
  return {
    quants: bytes.filter((_, i) => i % 34 >= 2),
    scales: bytes.filter((_, i) => i % 34 < 2),
  }
}

/** On the GPU, the rows from `first` up to `end`. */
export function uploadDense(
  gpu: TestGpu,
  { format, rows, channels, bytes }: Dense,
  first = 0,
  end = rows,
): DenseWeight {
  const shape = [end - first, channels]
  const rowBytes = bytes.length / rows
  const part = bytes.slice(first * rowBytes, end * rowBytes)
  if (format !== 'q8_0') return { format, values: gpu.bytes(format, shape, part) } as DenseWeight
  const { quants, scales } = splitQ80(part)
  return {
    format,
    values: gpu.bytes('u8', shape, quants),
    scales: gpu.bytes('f16', [end - first, channels / 32], scales),
  }
}
