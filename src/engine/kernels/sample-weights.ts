import type { Gpu } from '../gpu/device'
import { readBytes, type Tensor } from '../gpu/tensor'
import type { DenseWeight } from './dense-weight'
import type { ExpertWeight } from './expert-weight'
import { repeated, tensor, wholeNumbers } from './sample-operands'

/*
 * Products of small whole numbers, which every order of adding gives exactly: what is not equal to the
 * expected is wrong.
 */

/** Vectors of whole numbers from -3 to 3. */
export interface SampleVectors {
  tensor: Tensor<'f32'> // [rows, channels]
  valueAt(element: number): number
}

export function sampleVectors(gpu: Gpu, rows: number, channels: number): SampleVectors {
  const values = wholeNumbers(7, 1).map((n) => n - 3)
  return {
    tensor: tensor(gpu, 'f32', [rows, channels], Float32Array.from(values)),
    valueAt: (element) => repeated(values, element),
  }
}

/** A matrix in BF16, of whole numbers from -4 to 4. */
export function sampleDenseWeight(gpu: Gpu, rows: number, channels: number) {
  const values = wholeNumbers(9, 2).map((n) => n - 4)
  const weight: DenseWeight = {
    format: 'bf16',
    values: tensor(gpu, 'bf16', [rows, channels], Uint16Array.from(values, upperHalf)),
  }
  return {
    weight,
    valueAt: (row: number, channel: number) => repeated(values, row * channels + channel),
  }
}

/** Experts in MXFP4: every code, with scales of 1/2, 1 and 2. */
export function sampleExpertWeight(gpu: Gpu, experts: number, rows: number, channels: number) {
  const blocks = wholeNumbers(256, 3)
  const scales = wholeNumbers(3, 4).map((n) => 126 + n)
  const weight: ExpertWeight = {
    firstExpert: 0,
    blocks: tensor(gpu, 'u8', [experts, rows, channels / 32, 16], Uint8Array.from(blocks)),
    scales: tensor(gpu, 'u8', [experts, rows, channels / 32], Uint8Array.from(scales)),
    bias: tensor(gpu, 'f32', [experts, rows]),
  }
  function valueAt(expert: number, row: number, channel: number) {
    const element = (expert * rows + row) * channels + channel
    const byte = repeated(blocks, element >> 1)
    const scale = 2 ** (repeated(scales, element >> 5) - 127)
    return scale * fp4Value(element & 1 ? byte >> 4 : byte)
  }
  return { weight, valueAt }
}

const fp4Magnitudes = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
const fp4Value = (code: number) => (fp4Magnitudes[code & 7] as number) * (code & 8 ? -1 : 1)

const scratch = new DataView(new ArrayBuffer(4))
function upperHalf(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getUint16(0)
}

/** So many tokens and rows are compared: more than one tile, or one workgroup, of every shape. */
const checked = 40

/** Whether the first rows and columns of `y` are x times the weights. */
export async function isProduct(
  gpu: Gpu,
  y: Tensor<'f32'>,
  x: SampleVectors,
  weightAt: (token: number, row: number, channel: number) => number,
): Promise<boolean> {
  const rows = y.shape[1] as number
  const channels = x.tensor.shape[1] as number
  const found = new Float32Array(await gpu.settle(readBytes(gpu, y, 0, 4 * checked * rows)))
  for (let token = 0; token < checked; token++)
    for (let row = 0; row < checked; row++) {
      let sum = 0
      for (let channel = 0; channel < channels; channel++)
        sum += weightAt(token, row, channel) * x.valueAt(token * channels + channel)
      if (found[token * rows + row] !== sum) return false
    }
  return true
}

/** So many rows of a single row of results are compared, half of them at its end: sums take a while to find here. */
const checkedRows = 12

/** Tells whether the row `y` begins and ends with the sums that `sumOf` gives, which are found once. */
export function rowCheck(gpu: Gpu, rows: number, sumOf: (row: number) => number) {
  let expected: [row: number, sum: number][] | undefined
  return async (y: Tensor<'f32'>): Promise<boolean> => {
    expected ??= Array.from({ length: checkedRows }, (_, i) => {
      const row = i % 2 ? rows - 1 - (i >> 1) : i >> 1
      return [row, sumOf(row)]
    })
    const found = new Float32Array(await gpu.settle(readBytes(gpu, y)))
    return expected.every(([row, sum]) => found[row] === sum)
  }
}
