import dense from '#shaders/shared/dense.wgsl?raw'
import denseBf16 from '#shaders/shared/dense-bf16.wgsl?raw'
import denseF16 from '#shaders/shared/dense-f16.wgsl?raw'
import denseF32 from '#shaders/shared/dense-f32.wgsl?raw'
import denseQ80 from '#shaders/shared/dense-q8-0.wgsl?raw'
import run from '#shaders/shared/run.wgsl?raw'
import type { GpuFeatures } from '../gpu/device'
import { defineKernel, type Kernel, type Texts } from '../gpu/kernel'
import { expectShape, type Tensor } from '../gpu/tensor'
import { f16Text } from './f16'

/**
 * A dense matrix [rows, channels] on the GPU, in the element type its file has: kernels unpack it as
 * they read it, so nothing is lost by converting. Channels are a multiple of 8; of 32 for q8_0.
 */
export type DenseWeight =
  | { readonly format: 'bf16'; readonly values: Tensor<'bf16'> } // [rows, channels]
  | { readonly format: 'f16'; readonly values: Tensor<'f16'> } // [rows, channels]
  | { readonly format: 'f32'; readonly values: Tensor<'f32'> } // [rows, channels]
  | Q80Weight

export interface Q80Weight {
  readonly format: 'q8_0'
  readonly values: Tensor<'u8'> // signed quants, [rows, channels]
  readonly scales: Tensor<'f16'> // [rows, channels / 32]: quant · scale is the value
}

export type DenseFormat = DenseWeight['format']

/** The sizes of a dense matrix. */
export function denseShape({ values }: { values: { shape: readonly number[] } }) {
  const [rows, channels] = values.shape as [number, number]
  return { rows, channels }
}

/** A kernel that reads a dense weight, for each format; `texts` are those that do not depend on it. */
export function defineDenseKernels(entryPoint: string, texts: Texts): Record<DenseFormat, Kernel> {
  const kernel = (format: DenseFormat) =>
    defineKernel(entryPoint, (features, constants) => [
      ...texts(features, constants),
      dense,
      run,
      ...formatTexts(format, features),
    ])
  return { bf16: kernel('bf16'), f16: kernel('f16'), f32: kernel('f32'), q8_0: kernel('q8_0') }
}

function formatTexts(format: DenseFormat, features: GpuFeatures): string[] {
  switch (format) {
    case 'bf16':
      return [denseBf16]
    case 'f16':
      return [denseF16, f16Text(features)]
    case 'f32':
      return [denseF32]
    case 'q8_0':
      return [denseQ80, f16Text(features)]
  }
}

/** What a kernel of `defineDenseKernels` binds for its weight, by the names of the WGSL variables. */
export function denseTensors(weight: DenseWeight): Record<string, Tensor> {
  if (weight.format !== 'q8_0') return { weight: weight.values }
  const { rows, channels } = denseShape(weight)
  expectShape('scales', weight.scales, [rows, channels / 32])
  return { weight: weight.values, scales: weight.scales }
}
