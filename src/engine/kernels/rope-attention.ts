import source from '#shaders/rope-attention.wgsl?raw'
import subgroupsSource from '#shaders/rope-attention-subgroups.wgsl?raw'
import attend from '#shaders/shared/attend.wgsl?raw'
import paramsText from '#shaders/shared/attention-params.wgsl?raw'
import splitsText from '#shaders/shared/splits.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { type AttentionMeans, subgroupsHeadDim, visibleKeys } from './attention'
import { halvesTexts } from './halves'
import { mostSplits, splitConstants, splitsAt } from './splits'
import { stepText } from './step'

const kernel = defineKernel('rope_attention', (features) => [
  source,
  attend,
  paramsText,
  splitsText,
  stepText(features),
  ...halvesTexts(features),
])

const subgroupsKernel = defineKernel('rope_attention', (features) => [
  subgroupsSource,
  paramsText,
  splitsText,
  stepText(features),
  ...halvesTexts(features),
])

/** Queries of a workgroup there. */
const subgroupsQueries = 8

interface RopeAttention {
  step: Uniform
  rotations: Tensor<'f32'> // [positions, headDim / 2, 2]: cos and sin
  qkv: Tensor<'f32'> // [≥ 1, (H + 2 KV) · headDim], not rotated; row 0 is used
  keys: Tensor<'f16'> // [capacity, KV, headDim]: as in `attention`
  values: Tensor<'f16'> // [capacity, KV, headDim]
  sinks: Tensor<'f32'> // [H]
  y: Tensor<'f32'> // [≥ 1, H · headDim]; row 0 is written
  partials: Tensor<'f32'> // [≥ mostSplits(positions), H, headDim + 2], where y is left to `attentionMerge`
  /** Keys a query sees, itself included; 0 for all before it. */
  window: number
  by?: AttentionMeans
}

/**
 * `rope` and `attention` of one token: writes its rotated key and its value to the cache at the
 * step's position, and what its queries attend to, to `y`; in a full layer with many keys to
 * `partials`, for `attentionMerge` to put together. What those two give, but for rounding.
 */
export function ropeAttention(
  gpu: Gpu,
  {
    step,
    rotations,
    qkv,
    keys,
    values,
    sinks,
    y,
    partials,
    window,
    by = 'workgroup memory',
  }: RopeAttention,
): Dispatch {
  const [capacity, kvHeads, headDim] = keys.shape as [number, number, number]
  const heads = sinks.shape[0] as number
  expectShape('rotations', rotations, [rotations.shape[0] as number, headDim / 2, 2])
  expectShape('qkv', qkv, [qkv.shape[0] as number, (heads + 2 * kvHeads) * headDim])
  expectShape('values', values, keys.shape)
  expectShape('y', y, [y.shape[0] as number, heads * headDim])
  const isFull = window === 0
  const splits = isFull ? mostSplits(capacity, headDim) : 1
  if ((partials.shape[0] as number) < splits) throw new Error(`partials have no room for ${splits}`)
  expectShape('partials', partials, [partials.shape[0] as number, heads, headDim + 2])
  const splitsOf = (position: number) => (isFull ? splitsAt(position, headDim) : 1)
  const bySubgroups = by === 'subgroups' && headDim === subgroupsHeadDim
  const parts = Math.ceil(heads / kvHeads / (bySubgroups ? subgroupsQueries : 4))
  return (bySubgroups ? subgroupsKernel : kernel).bind(gpu, {
    tensors: { step, rotations, qkv, keys, values, sinks, y, partials },
    params: {
      num_attention_heads: heads,
      num_key_value_heads: kvHeads,
      window: window || 0xffffffff,
      capacity,
      scale: 1 / Math.sqrt(headDim),
    },
    constants: { ...(bySubgroups ? {} : { HEAD_DIM: headDim }), ...splitConstants(headDim) },
    workgroups: ({ position }) => [kvHeads * parts, splitsOf(position)],
    needs: ({ position }) => {
      const seen = visibleKeys(window, position, 1)
      const parts = splitsOf(position)
      return {
        rotations: rowBytes(rotations),
        qkv: rowBytes(qkv),
        keys: seen * rowBytes(keys),
        values: seen * rowBytes(values),
        y: parts > 1 ? 0 : rowBytes(y),
        partials: parts > 1 ? parts * rowBytes(partials) : 0,
      }
    },
  })
}
