import source from '#shaders/attention.wgsl?raw'
import attend from '#shaders/shared/attend.wgsl?raw'
import stepText from '#shaders/shared/step.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { type Half, halfText } from './half'

const kernel = defineKernel('attention', (features) => [
  source,
  attend,
  stepText,
  halfText(features),
])

interface Attention {
  step: Uniform
  qkv: Tensor<'f32'> // [tokens, (H + 2 KV) · headDim], queries rotated
  keys: Tensor<Half> // [capacity, KV, headDim], position p at p % capacity, the step's own included
  values: Tensor<Half> // [capacity, KV, headDim]
  sinks: Tensor<'f32'> // [H]
  y: Tensor<'f32'> // [tokens, H · headDim]
  /** Keys a query sees, itself included; 0 for all before it. */
  window: number
}

/**
 * Attention of the step's queries to the cached keys, with a sink per head. H may be any multiple
 * of KV; headDim is a multiple of 4 that fits a workgroup. The cache of a sliding layer may be a
 * ring: of a multiple of headDim positions, at least those that the step's queries see between them.
 * Truth: `attention` in ../reference.ts.
 */
export function attention(
  gpu: Gpu,
  { step, qkv, keys, values, sinks, y, window }: Attention,
): Dispatch {
  const [capacity, kvHeads, headDim] = keys.shape as [number, number, number]
  const heads = sinks.shape[0] as number
  const tokens = qkv.shape[0] as number
  expectShape('qkv', qkv, [tokens, (heads + 2 * kvHeads) * headDim])
  expectShape('values', values, keys.shape)
  expectShape('y', y, [tokens, heads * headDim])
  const quads = Math.ceil(heads / kvHeads / 4)
  return kernel.bind(gpu, {
    tensors: { step, qkv, keys, values, sinks, y },
    params: {
      num_attention_heads: heads,
      num_key_value_heads: kvHeads,
      window: window || 0xffffffff,
      capacity,
      scale: 1 / Math.sqrt(headDim),
    },
    constants: { HEAD_DIM: headDim },
    workgroups: ({ rows: tokenRows }) => [kvHeads * quads, tokenRows],
    needs: ({ position, rows }) => {
      const seen = visibleKeys(window, position, rows)
      return {
        qkv: rows * heads * headDim * 4,
        keys: seen * rowBytes(keys),
        values: seen * rowBytes(values),
        y: rows * rowBytes(y),
      }
    },
  })
}

/** How many cached positions the queries at `position` … `position + rows - 1` see between them. */
export const visibleKeys = (window: number, position: number, rows: number) =>
  window === 0 ? position + rows : Math.min(position, window - 1) + rows
