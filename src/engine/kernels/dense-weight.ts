import type { Tensor } from '../gpu/tensor'

/**
 * A dense matrix [rows, channels] on the GPU, in the element type its file has: kernels unpack it as
 * they read it, so nothing is lost by converting. Channels are a multiple of 8; of 32 for q8_0.
 */
export type DenseWeight =
  | { readonly format: 'bf16'; readonly values: Tensor<'bf16'> } // [rows, channels]
  | { readonly format: 'f16'; readonly values: Tensor<'f16'> } // [rows, channels]
  | { readonly format: 'f32'; readonly values: Tensor<'f32'> } // [rows, channels]
  | {
      readonly format: 'q8_0'
      readonly values: Tensor<'u8'> // signed quants, [rows, channels]
      readonly scales: Tensor<'f16'> // [rows, channels / 32]: quant · scale is the value
    }

export type DenseFormat = DenseWeight['format']

/** The sizes of a dense matrix. */
export function denseShape({ values }: DenseWeight) {
  const [rows, channels] = values.shape as [number, number]
  return { rows, channels }
}
