import { create, globals } from 'webgpu'
import { type Gpu, type GpuFeatures, openGpu } from '../gpu/device'
import { compilePipelines, type Dispatch, encode } from '../gpu/kernel'
import { allocate, type Dtype, readBytes, type Tensor, write } from '../gpu/tensor'
import { bf16Bytes } from './random'

Object.assign(globalThis, globals)
/** Kept for the life of the process: Node crashes once Dawn's instance is collected. */
const webgpu = create([])

/** A device with what kernel tests need around a dispatch. */
export interface TestGpu extends Gpu {
  f32(shape: number[], values?: ArrayLike<number>): Tensor<'f32'>
  /** `values` must be exact in bf16. */
  bf16(shape: number[], values: ArrayLike<number>): Tensor<'bf16'>
  u32(shape: number[], values?: ArrayLike<number>): Tensor<'u32'>
  u8(shape: number[], bytes: Uint8Array): Tensor<'u8'>
  /** Runs dispatches in order, for `rows` token rows. */
  run(dispatches: Dispatch | readonly Dispatch[], rows?: number): Promise<void>
  readF32(tensor: Tensor<'f32'>): Promise<Float32Array>
  readU32(tensor: Tensor<'u32'>): Promise<Uint32Array>
}

/** Opens the adapter that the environment names; `allow` withholds features it has. */
export async function openTestGpu(allow?: GpuFeatures): Promise<TestGpu> {
  const gpu = await openGpu(webgpu, allow)
  const filled = <D extends Dtype>(
    dtype: D,
    shape: number[],
    data?: ArrayBufferView<ArrayBuffer>,
  ) => {
    const tensor = allocate(gpu, dtype, shape, 'test')
    if (data) write(gpu, tensor, wholeWords(data))
    return tensor
  }
  return {
    ...gpu,
    f32: (shape, values) => filled('f32', shape, values && Float32Array.from(values)),
    bf16: (shape, values) => filled('bf16', shape, new Uint8Array(bf16Bytes(values))),
    u32: (shape, values) => filled('u32', shape, values && Uint32Array.from(values)),
    u8: (shape, bytes) => filled('u8', shape, new Uint8Array(bytes)),
    async run(dispatches, rows = 1) {
      await compilePipelines(gpu)
      const encoder = gpu.device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      encode(pass, [dispatches].flat(), rows)
      pass.end()
      gpu.device.queue.submit([encoder.finish()])
      await gpu.settle(gpu.device.queue.onSubmittedWorkDone())
    },
    readF32: async (tensor) => new Float32Array(await readBytes(gpu, tensor)),
    readU32: async (tensor) => new Uint32Array(await readBytes(gpu, tensor)),
  }
}

function wholeWords(data: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(data.byteLength / 4) * 4)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return bytes
}
