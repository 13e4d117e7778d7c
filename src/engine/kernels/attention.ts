import source from '#shaders/attention.wgsl?raw'
import subgroupsSource from '#shaders/attention-subgroups.wgsl?raw'
import attend from '#shaders/shared/attend.wgsl?raw'
import paramsText from '#shaders/shared/attention-params.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { halvesTexts } from './halves'
import { stepText } from './step'
import { hasOctets } from './tile'

const kernel = defineKernel('attention', (features) => [
  source,
  attend,
  paramsText,
  stepText(features),
  ...halvesTexts(features),
])

const subgroupsKernel = defineKernel('attention', (features) => [
  subgroupsSource,
  paramsText,
  stepText(features),
  ...halvesTexts(features),
])

/**
 * By what means the lanes share queries and weights: workgroup memory, or the subgroups of a device that has
 * them of at least eight lanes.
 */
export type AttentionMeans = 'workgroup memory' | 'subgroups'

/** What a device can be tried with for heads of 64 elements, the likeliest first; see `tileShapes`. */
export const attentionMeans = (
  gpu: Pick<Gpu, 'features' | 'subgroupMinSize' | 'adapter'>,
): [AttentionMeans, ...AttentionMeans[]] => {
  if (!hasOctets(gpu)) return ['workgroup memory']
  return gpu.adapter.isSoftware
    ? ['subgroups', 'workgroup memory']
    : ['workgroup memory', 'subgroups']
}

/** Elements of the heads that the kernel by subgroups is made for; others take the other one. */
export const subgroupsHeadDim = 64
/** Queries of a workgroup there. */
const subgroupsQueries = 32

interface Attention {
  step: Uniform
  qkv: Tensor<'f32'> // [tokens, (H + 2 KV) · headDim], queries rotated
  keys: Tensor<'f16'> // [capacity, KV, headDim], position p at p % capacity, the step's own included
  values: Tensor<'f16'> // [capacity, KV, headDim]
  sinks: Tensor<'f32'> // [H]
  y: Tensor<'f32'> // [tokens, H · headDim]
  /** Keys a query sees, itself included; 0 for all before it. */
  window: number
  by?: AttentionMeans
}

/**
 * Attention of the step's queries to the cached keys, with a sink per head. H may be any multiple
 * of KV; headDim is a multiple of 4 that fits a workgroup. The cache of a sliding layer may be a
 * ring: of a multiple of headDim positions, at least those that the step's queries see between them.
 * Truth: `attention` in ../reference.ts.
 */
export function attention(
  gpu: Gpu,
  { step, qkv, keys, values, sinks, y, window, by = 'workgroup memory' }: Attention,
): Dispatch {
  const [capacity, kvHeads, headDim] = keys.shape as [number, number, number]
  const heads = sinks.shape[0] as number
  const tokens = qkv.shape[0] as number
  expectShape('qkv', qkv, [tokens, (heads + 2 * kvHeads) * headDim])
  expectShape('values', values, keys.shape)
  expectShape('y', y, [tokens, heads * headDim])
  const bySubgroups = by === 'subgroups' && headDim === subgroupsHeadDim
  const quads = Math.ceil(heads / kvHeads / 4)
  return (bySubgroups ? subgroupsKernel : kernel).bind(gpu, {
    tensors: { step, qkv, keys, values, sinks, y },
    params: {
      num_attention_heads: heads,
      num_key_value_heads: kvHeads,
      window: window || 0xffffffff,
      capacity,
      scale: 1 / Math.sqrt(headDim),
    },
    constants: bySubgroups ? {} : { HEAD_DIM: headDim },
    workgroups: ({ rows: tokenRows }) =>
      bySubgroups
        ? [kvHeads, Math.ceil((tokenRows * heads) / kvHeads / subgroupsQueries)]
        : [kvHeads * quads, tokenRows],
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
