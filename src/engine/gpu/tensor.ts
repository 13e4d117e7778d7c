import { EngineError } from '../errors'
import type { Gpu } from './device'
import { bufferUsage, mapModeRead } from './flags'

/**
 * Element types of GPU buffers. `f16`, `bf16` and `u8` are read through `u32` words: WGSL has no type for the last two,
 * and for the first only on some devices.
 */
export type Dtype = 'f32' | 'f16' | 'bf16' | 'u32' | 'u8'

const bytesPerElement: Record<Dtype, number> = { f32: 4, f16: 2, bf16: 2, u32: 4, u8: 1 }

/** A GPU buffer that knows what it holds: row-major, no padding between rows. */
export interface Tensor<D extends Dtype = Dtype> {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly buffer: GPUBuffer
}

export const elementCount = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** Bytes of a buffer for `shape`: the elements', rounded up to the 4 that WebGPU copies need. */
export const tensorBytes = (dtype: Dtype, shape: readonly number[]) =>
  Math.ceil((elementCount(shape) * bytesPerElement[dtype]) / 4) * 4

/** Bytes of one element of the first axis: of a row, a token, an expert. */
export const rowBytes = ({ dtype, shape }: Tensor) =>
  (elementCount(shape) * bytesPerElement[dtype]) / (shape[0] as number)

/**
 * A zero-filled tensor.
 * @throws EngineError `limit-exceeded` where it passes the device's buffer or binding size
 */
export function allocate<D extends Dtype>(
  gpu: Gpu,
  dtype: D,
  shape: readonly number[],
  label: string,
): Tensor<D> {
  const size = tensorBytes(dtype, shape)
  for (const limit of ['maxBufferSize', 'maxStorageBufferBindingSize'] as const)
    if (size > gpu.limits[limit])
      throw new EngineError({
        code: 'limit-exceeded',
        limit,
        needed: size,
        offered: gpu.limits[limit],
        purpose: label,
      })
  const buffer = gpu.device.createBuffer({
    label,
    size,
    usage: bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget,
  })
  return { dtype, shape, buffer }
}

/** Writes `data` at `byteOffset`; both lengths are multiples of 4. */
export function write(
  gpu: Gpu,
  tensor: Tensor,
  data: ArrayBufferView<ArrayBuffer>,
  byteOffset = 0,
) {
  gpu.device.queue.writeBuffer(tensor.buffer, byteOffset, data)
}

/** Copies bytes out of a buffer, after all work submitted so far. */
export async function readBytes(
  gpu: Gpu,
  tensor: Tensor,
  byteOffset = 0,
  byteLength = tensor.buffer.size - byteOffset,
): Promise<ArrayBuffer> {
  const staging = gpu.device.createBuffer({
    label: 'read back',
    size: byteLength,
    usage: bufferUsage.copyTarget | bufferUsage.mapRead,
  })
  const encoder = gpu.device.createCommandEncoder()
  encoder.copyBufferToBuffer(tensor.buffer, byteOffset, staging, 0, byteLength)
  gpu.device.queue.submit([encoder.finish()])
  try {
    await staging.mapAsync(mapModeRead)
    return staging.getMappedRange().slice(0)
  } finally {
    staging.destroy()
  }
}

/** Throws unless `tensor` has exactly this shape: a kernel was called wrongly, which is our bug. */
export function expectShape(name: string, tensor: Tensor, shape: readonly number[]) {
  const fits =
    tensor.shape.length === shape.length && shape.every((n, axis) => tensor.shape[axis] === n)
  if (!fits)
    throw new Error(`${name} is [${tensor.shape.join(', ')}], expected [${shape.join(', ')}]`)
}
