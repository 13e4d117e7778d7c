import type { Gpu } from '../gpu/device'
import { bufferUsage } from '../gpu/flags'
import { allocate, type Dtype, type Tensor, write } from '../gpu/tensor'

/** Tokens that a sample of prefill works on; a GPU gets enough to fill it. */
export const sampleTokens = ({ adapter }: Gpu) => (adapter.isSoftware ? 64 : 256)

/** Tensors repeat a period of so many elements, 64 more than a power of two: no two rows are alike. */
const period = 2 ** 14 + 64
export const repeated = (values: readonly number[], i: number) => values[i % period] as number

/** A period of whole numbers below `limit` in no order, always the same (Numerical Recipes' generator). */
export function wholeNumbers(limit: number, seed: number): number[] {
  let state = seed
  return Array.from({ length: period }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return ((state >>> 16) * limit) >>> 16
  })
}

/** A tensor that `values` fill, over and over. */
export function tensor<D extends Dtype>(
  gpu: Gpu,
  dtype: D,
  shape: number[],
  values?:
    | Float32Array<ArrayBuffer>
    | Uint32Array<ArrayBuffer>
    | Uint16Array<ArrayBuffer>
    | Uint8Array<ArrayBuffer>,
): Tensor<D> {
  const made = allocate(gpu, dtype, shape, 'tuning')
  const { size } = made.buffer
  for (let offset = 0; values && offset < size; offset += values.byteLength) {
    const length = Math.min(values.byteLength, size - offset) / values.BYTES_PER_ELEMENT
    write(gpu, made, values.subarray(0, length), offset)
  }
  return made
}

export function stepUniform(gpu: Gpu, { position = 0, rows }: { position?: number; rows: number }) {
  const uniform = gpu.device.createBuffer({
    label: 'step',
    size: 16,
    usage: bufferUsage.uniform | bufferUsage.storage | bufferUsage.copyTarget,
  })
  gpu.device.queue.writeBuffer(uniform, 0, Uint32Array.of(position, rows, 0, 0))
  return { uniform }
}
