import { create, globals } from 'webgpu'
import { type Gpu, type GpuFeatures, openGpu } from '../gpu/device'
import { bufferUsage } from '../gpu/flags'
import { compilePipelines, type Dispatch, encode, type Uniform, type Work } from '../gpu/kernel'
import { allocate, type Dtype, readBytes, type Tensor, write } from '../gpu/tensor'
import { decodeF16 } from '../reference'
import { f16Bytes } from './f16'

Object.assign(globalThis, globals)
/** Dawn, kept for the life of the process: Node crashes once its instance is collected. */
export const webgpu = create([])

/** A device with what kernel tests need around a dispatch. */
export interface TestGpu extends Gpu {
  f32(shape: number[], values?: ArrayLike<number>): Tensor<'f32'>
  u32(shape: number[], values?: ArrayLike<number>): Tensor<'u32'>
  /** Elements of any type as they lie in memory, little-endian. */
  bytes<D extends Dtype>(dtype: D, shape: number[], bytes: Uint8Array): Tensor<D>
  /** `values` must be exact in f16. */
  f16(shape: number[], values: ArrayLike<number>): Tensor<'f16'>
  /** The uniform of `struct Step`; what is left out is position 0, one row, and the head's row 0. */
  step(values?: { position?: number; rows?: number; headRow?: number; done?: boolean }): Uniform
  /**
   * Runs dispatches in order, for `rows` token rows that begin at `position`; left out, where the step that they
   * are bound to says.
   */
  run(dispatches: Dispatch | readonly Dispatch[], rows?: number, position?: number): Promise<void>
  readF32(tensor: Tensor<'f32'>): Promise<Float32Array>
  readU32(tensor: Tensor<'u32'>): Promise<Uint32Array>
  readF16(tensor: Tensor<'f16'>): Promise<Float32Array>
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
  /** What the host has written to the steps of `struct Step`: immediates say the same. */
  const steps = new WeakMap<GPUBuffer, Omit<Work, 'rows'>>()
  return {
    ...gpu,
    f32: (shape, values) => filled('f32', shape, values && Float32Array.from(values)),
    u32: (shape, values) => filled('u32', shape, values && Uint32Array.from(values)),
    bytes: (dtype, shape, bytes) => filled(dtype, shape, new Uint8Array(bytes)),
    f16: (shape, values) => filled('f16', shape, f16Bytes(values)),
    step({ position = 0, rows = 1, headRow = 0, done = false } = {}) {
      const values = Uint32Array.of(position, rows, headRow, done ? 0xffffffff : 0)
      const uniform = gpu.device.createBuffer({
        size: values.byteLength,
        usage:
          bufferUsage.uniform |
          bufferUsage.storage |
          bufferUsage.copySource |
          bufferUsage.copyTarget,
      })
      gpu.device.queue.writeBuffer(uniform, 0, values)
      steps.set(uniform, { position, headRow })
      return { uniform }
    },
    async run(dispatches, rows = 1, position) {
      await compilePipelines(gpu)
      const encoder = gpu.device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      for (const dispatch of [dispatches].flat()) {
        const step = dispatch.operands.find(({ name }) => name === 'step')
        const told = { position: 0, ...(step && steps.get(step.buffer)), rows }
        encode(pass, [dispatch], position === undefined ? told : { ...told, position })
      }
      pass.end()
      gpu.device.queue.submit([encoder.finish()])
      await gpu.settle(gpu.device.queue.onSubmittedWorkDone())
    },
    readF32: async (tensor) => new Float32Array(await readBytes(gpu, tensor)),
    readU32: async (tensor) => new Uint32Array(await readBytes(gpu, tensor)),
    readF16: async (tensor) =>
      Float32Array.from(decodeF16(new Uint8Array(await readBytes(gpu, tensor)))),
  }
}

function wholeWords(data: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(data.byteLength / 4) * 4)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return bytes
}
