import type { Gpu } from '../src/engine/gpu/device'
import { bufferUsage } from '../src/engine/gpu/flags'
import type { Uniform } from '../src/engine/gpu/kernel'
import { allocate, type Dtype, type Tensor, write } from '../src/engine/gpu/tensor'
import type { DenseFormat, DenseWeight } from '../src/engine/kernels/dense-weight'
import type { ExpertWeight } from '../src/engine/kernels/expert-weight'
import { f16Bytes } from '../src/engine/testing/f16'
import {
  bf16Bytes,
  randomBf16,
  randomF16,
  randomF32,
  randomMxfp4,
} from '../src/engine/testing/random'

const patternLength = 2 ** 16
const patterns = {
  f32: new Uint8Array(randomF32(patternLength, 1).buffer as ArrayBuffer),
  bf16: bf16Bytes(randomBf16(patternLength, 2)),
  f16: f16Bytes(randomF16(patternLength, 3)),
  ...randomMxfp4(patternLength, 4),
}

/** Tensors for one measurement, filled with a random pattern that repeats, and freed together. */
export class Operands {
  readonly #gpu: Gpu
  readonly #buffers: GPUBuffer[] = []

  constructor(gpu: Gpu) {
    this.#gpu = gpu
  }

  f32(shape: number[]): Tensor<'f32'> {
    return this.#filled('f32', shape, patterns.f32)
  }

  dense<F extends DenseFormat>(
    format: F,
    rows: number,
    channels: number,
  ): Extract<DenseWeight, { format: F }>
  dense(format: DenseFormat, rows: number, channels: number): DenseWeight {
    const shape = [rows, channels]
    switch (format) {
      case 'bf16':
        return { format, values: this.#filled('bf16', shape, patterns.bf16) }
      case 'f16':
        return { format, values: this.f16(shape) }
      case 'f32':
        return { format, values: this.f32(shape) }
      case 'q8_0':
        return {
          format,
          values: this.#filled('u8', shape, patterns.blocks),
          scales: this.f16([rows, channels / 32]),
        }
    }
  }

  f16(shape: number[]): Tensor<'f16'> {
    return this.#filled('f16', shape, patterns.f16)
  }

  /** Zeros where no values are given. */
  u32(shape: number[], values?: readonly number[]): Tensor<'u32'> {
    const tensor = this.#allocate('u32', shape)
    if (values) write(this.#gpu, tensor, Uint32Array.from(values))
    return tensor
  }

  /** Bytes of a file that are yet to be repacked. */
  raw(bytes: number): Tensor<'u8'> {
    return this.#filled('u8', [bytes], patterns.blocks)
  }

  /** One projection of some experts, all in one segment. */
  experts(experts: number, rows: number, channels: number): ExpertWeight {
    const groups = channels / 32
    return {
      firstExpert: 0,
      blocks: this.#filled('u8', [experts, rows, groups, 16], patterns.blocks),
      scales: this.#filled('u8', [experts, rows, groups], patterns.scales),
      bias: this.f32([experts, rows]),
    }
  }

  /** A uniform of u32 and f32 fields, as they lie in memory. */
  uniform(words: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Uniform {
    const uniform = this.#gpu.device.createBuffer({
      size: words.byteLength,
      usage: bufferUsage.uniform | bufferUsage.storage | bufferUsage.copyTarget,
    })
    this.#buffers.push(uniform)
    this.#gpu.device.queue.writeBuffer(uniform, 0, words)
    return { uniform }
  }

  /** The uniform of `struct Step`. */
  step(position: number, rows: number): Uniform {
    return this.uniform(Uint32Array.of(position, rows, 0, 0))
  }

  destroy() {
    for (const buffer of this.#buffers) buffer.destroy()
  }

  #allocate<D extends Dtype>(dtype: D, shape: number[]): Tensor<D> {
    const tensor = allocate(this.#gpu, dtype, shape, 'bench')
    this.#buffers.push(tensor.buffer)
    return tensor
  }

  #filled<D extends Dtype>(dtype: D, shape: number[], pattern: Uint8Array<ArrayBuffer>): Tensor<D> {
    const tensor = this.#allocate(dtype, shape)
    for (let offset = 0; offset < tensor.buffer.size; offset += pattern.length) {
      const length = Math.min(pattern.length, tensor.buffer.size - offset)
      write(this.#gpu, tensor, pattern.subarray(0, length), offset)
    }
    return tensor
  }
}
