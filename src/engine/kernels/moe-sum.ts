import source from '#shaders/moe-sum.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'

const kernel = defineKernel('moe_sum', () => [source])

interface MoeSum {
  expertWeights: Tensor<'f32'> // [tokens, topK]
  x: Tensor<'f32'> // [tokens · topK, channels], the experts' outputs
  y: Tensor<'f32'> // [tokens, channels], the residual stream
}

/** Adds each token's expert outputs to `y`, weighted by the router. */
export function moeSum(gpu: Gpu, { expertWeights, x, y }: MoeSum): Dispatch {
  const [tokens, topK] = expertWeights.shape as [number, number]
  const channels = y.shape[1] as number
  expectShape('x', x, [tokens * topK, channels])
  expectShape('y', y, [tokens, channels])
  return kernel.bind(gpu, {
    tensors: { expert_weights: expertWeights, x, y },
    params: { channels, top_k: topK },
    workgroups: ({ rows: tokenRows }) => [Math.ceil(channels / 64), tokenRows],
    needs: ({ rows }) => ({
      expert_weights: rows * rowBytes(expertWeights),
      x: rows * topK * rowBytes(x),
      y: rows * rowBytes(y),
    }),
  })
}
