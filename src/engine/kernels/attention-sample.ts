import type { Gpu } from '../gpu/device'
import type { Tensor } from '../gpu/tensor'
import { repeated, tensor } from './sample-operands'

/** Heads of a sample: groups of eight share keys, as in the published models. */
export const headDim = 64
export const sampleHeads = ({ adapter }: Gpu) => {
  const kvHeads = adapter.isSoftware ? 1 : 8
  return { kvHeads, heads: 8 * kvHeads }
}

/** -3 … 3 as the cache holds them. */
const wholeHalves = [0xc200, 0xc000, 0xbc00, 0, 0x3c00, 0x4000, 0x4200]

/** Keys or values [positions, KV, headDim]: `numbers` from 0 to 6, less 3. */
export const cachedTensor = (gpu: Gpu, positions: number, numbers: readonly number[]) =>
  tensor(
    gpu,
    'f16',
    [positions, sampleHeads(gpu).kvHeads, headDim],
    Uint16Array.from(numbers, (n) => wholeHalves[n] as number),
  ) satisfies Tensor<'f16'>

/** Element i of the last head's key or value at a position of such a tensor. */
export const cachedElement =
  (gpu: Gpu, numbers: readonly number[]) =>
  (position: number, i: number): number =>
    repeated(numbers, ((position + 1) * sampleHeads(gpu).kvHeads - 1) * headDim + i) - 3

interface Attended {
  query: (i: number) => number
  /** Element i at a position. */
  key: (position: number, i: number) => number
  value: (position: number, i: number) => number
  /** That the query sees, from position 0 on. */
  positions: number
}

/** Whether `found` is what a query attends to, with a sink of 0; exp is not the same on every device. */
export function isAttended(found: Float32Array, { query, key, value, positions }: Attended) {
  const elements = Array.from({ length: headDim }, (_, i) => i)
  const weights = Array.from({ length: positions }, (_, position) => {
    const products = elements.map((i) => query(i) * key(position, i))
    return Math.exp(products.reduce((sum, product) => sum + product) / Math.sqrt(headDim))
  })
  const total = weights.reduce((sum, weight) => sum + weight, 1)
  return elements.every((i) => {
    const sum = weights.reduce((sum, weight, position) => sum + weight * value(position, i), 0)
    return Math.abs((found[i] as number) - sum / total) < 1e-4
  })
}
