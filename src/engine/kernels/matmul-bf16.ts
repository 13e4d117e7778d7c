import source from '#shaders/matmul-bf16.wgsl?raw'
import bf16 from '#shaders/shared/bf16.wgsl?raw'
import biasBf16 from '#shaders/shared/bias-bf16.wgsl?raw'
import stepText from '#shaders/shared/step.wgsl?raw'
import tile from '#shaders/shared/tile.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import { expectShape, type Tensor } from '../gpu/tensor'
import { tileRows, tileTokens } from './tile'

const kernel = defineKernel('matmul_bf16', () => [source, bf16, biasBf16, stepText, tile])

interface MatmulBf16 {
  step: Uniform
  x: Tensor<'f32'> // [tokens, channels]
  weight: Tensor<'bf16'> // [rows, channels], channels a multiple of 8
  bias: Tensor<'bf16'> // [rows]
  y: Tensor<'f32'> // [tokens, rows]
  /** Add to what `y` holds instead of replacing it. */
  accumulate?: boolean
}

/** `weight · x[t] + bias` for the step's token rows. Truth: `linear` in ../reference.ts. */
export function matmulBf16(
  gpu: Gpu,
  { step, x, weight, bias, y, accumulate = false }: MatmulBf16,
): Dispatch {
  const [rows, channels] = weight.shape as [number, number]
  const tokens = x.shape[0] as number
  expectShape('x', x, [tokens, channels])
  expectShape('bias', bias, [rows])
  expectShape('y', y, [tokens, rows])
  return kernel.bind(gpu, {
    tensors: { step, x, weight, bias, y },
    params: { channels, rows, accumulate: Number(accumulate) },
    workgroups: (tokenRows) => [Math.ceil(rows / tileRows), Math.ceil(tokenRows / tileTokens)],
  })
}
