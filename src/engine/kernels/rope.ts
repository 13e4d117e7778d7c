import source from '#shaders/rope.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { halvesTexts } from './halves'
import { stepText } from './step'

const kernel = defineKernel('rope', (features) => [
  source,
  stepText(features),
  ...halvesTexts(features),
])

interface Rope {
  step: Uniform
  rotations: Tensor<'f32'> // [positions, headDim / 2, 2]: cos and sin
  qkv: Tensor<'f32'> // [tokens, (H + 2 KV) · headDim]: query, key and value heads side by side
  keys: Tensor<'f16'> // [capacity, KV, headDim]
  values: Tensor<'f16'> // [capacity, KV, headDim]
}

/**
 * Rotates the queries in `qkv` in place, and writes rotated keys and plain values to the cache at
 * the step's positions, modulo its capacity; headDim is a multiple of 4. Truth: `applyRope` in ../reference.ts.
 */
export function rope(gpu: Gpu, { step, rotations, qkv, keys, values }: Rope): Dispatch {
  const [capacity, kvHeads, headDim] = keys.shape as [number, number, number]
  expectShape('rotations', rotations, [rotations.shape[0] as number, headDim / 2, 2])
  expectShape('values', values, keys.shape)
  const heads = (qkv.shape[1] as number) / headDim
  return kernel.bind(gpu, {
    tensors: { step, rotations, qkv, keys, values },
    params: {
      half_head_dim: headDim / 2,
      num_attention_heads: heads - 2 * kvHeads,
      num_key_value_heads: kvHeads,
      capacity,
    },
    workgroups: ({ rows: tokenRows }) => [Math.ceil((heads * headDim) / 4 / 64), tokenRows],
    needs: ({ rows }) => ({
      rotations: rows * rowBytes(rotations),
      qkv: rows * rowBytes(qkv),
      keys: rows * rowBytes(keys),
      values: rows * rowBytes(values),
    }),
  })
}
