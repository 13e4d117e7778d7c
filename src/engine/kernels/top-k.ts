import source from '#shaders/top-k.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { stepText } from './step'

const kernel = defineKernel('top_k', (features) => [source, stepText(features)])

interface TopK {
  step: Uniform
  logits: Tensor<'f32'> // [tokens, experts]
  expertIds: Tensor<'u32'> // [tokens, topK], best first
  expertWeights: Tensor<'f32'> // [tokens, topK], summing to 1
}

/** Chooses each token's experts and their weights. Truth: `route` in ../reference.ts. */
export function topK(gpu: Gpu, { step, logits, expertIds, expertWeights }: TopK): Dispatch {
  const [tokens, experts] = logits.shape as [number, number]
  const chosen = expertIds.shape[1] as number
  expectShape('expertIds', expertIds, [tokens, chosen])
  expectShape('expertWeights', expertWeights, [tokens, chosen])
  return kernel.bind(gpu, {
    tensors: { step, logits, expert_ids: expertIds, expert_weights: expertWeights },
    params: { experts, top_k: chosen },
    workgroups: ({ rows: tokenRows }) => [Math.ceil(tokenRows / 64)],
    needs: ({ rows }) => ({
      logits: rows * rowBytes(logits),
      expert_ids: rows * rowBytes(expertIds),
      expert_weights: rows * rowBytes(expertWeights),
    }),
  })
}
