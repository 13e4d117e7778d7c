import type { Gpu } from '../gpu/device'
import { bufferUsage } from '../gpu/flags'
import { allocate, type Dtype, type Tensor } from '../gpu/tensor'

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

type Values =
  | Float32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>

/** A tensor that `values` fill, over and over. */
export function tensor<D extends Dtype>(
  gpu: Gpu,
  dtype: D,
  shape: number[],
  values?: Values,
): Tensor<D> {
  const made = allocate(gpu, dtype, shape, 'tuning')
  if (values) fill(gpu, made.buffer, values)
  return made
}

/** Bytes that are sent for a large tensor; the device copies the rest. */
const sentBytes = 2 ** 20

function fill({ device }: Gpu, target: GPUBuffer, values: Values) {
  const times = Math.ceil(Math.min(sentBytes, target.size) / values.byteLength)
  const pattern = new Uint8Array(times * values.byteLength)
  pattern.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  for (let filled = values.byteLength; filled < pattern.length; filled *= 2)
    pattern.copyWithin(filled, 0, filled)
  if (pattern.length >= target.size) {
    device.queue.writeBuffer(target, 0, pattern, 0, target.size)
    return
  }
  const source = device.createBuffer({
    label: 'tuning',
    size: pattern.length,
    usage: bufferUsage.copySource | bufferUsage.copyTarget,
  })
  device.queue.writeBuffer(source, 0, pattern)
  const encoder = device.createCommandEncoder()
  for (let offset = 0; offset < target.size; offset += pattern.length) {
    const size = Math.min(pattern.length, target.size - offset)
    encoder.copyBufferToBuffer(source, 0, target, offset, size)
  }
  device.queue.submit([encoder.finish()])
  source.destroy()
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
