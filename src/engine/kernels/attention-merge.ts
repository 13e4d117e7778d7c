import source from '#shaders/attention-merge.wgsl?raw'
import splitsText from '#shaders/shared/splits.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { splitConstants, splitsAt } from './splits'
import { stepText } from './step'

const kernel = defineKernel('attention_merge', (features) => [
  source,
  splitsText,
  stepText(features),
])

interface AttentionMerge {
  step: Uniform
  partials: Tensor<'f32'> // [splits, H, headDim + 2], as `ropeAttention` leaves them
  y: Tensor<'f32'> // [≥ 1, H · headDim]; row 0 is written
}

/**
 * Puts the parts of `ropeAttention` in a full layer together; left out of submissions in which there is
 * only one part, which needs no merging.
 */
export function attentionMerge(gpu: Gpu, { step, partials, y }: AttentionMerge): Dispatch {
  const [, heads, width] = partials.shape as [number, number, number]
  const headDim = width - 2
  expectShape('y', y, [y.shape[0] as number, heads * headDim])
  return kernel.bind(gpu, {
    tensors: { step, partials, y },
    constants: { HEAD_DIM: headDim, ...splitConstants(headDim) },
    workgroups: ({ position }) => [splitsAt(position, headDim) > 1 ? heads : 0],
    needs: ({ position }) => ({
      partials: splitsAt(position, headDim) * rowBytes(partials),
      y: rowBytes(y),
    }),
  })
}
