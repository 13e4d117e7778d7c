import choiceText from '#shaders/shared/choice.wgsl?raw'
import choiceSubgroups from '#shaders/shared/choice-subgroups.wgsl?raw'
import swiglu from '#shaders/shared/swiglu.wgsl?raw'
import source from '#shaders/top-k-moe-matvec-mxfp4-swiglu.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { type ExpertWeight, expertShape, neededOfExperts } from './expert-weight'
import { mxfp4Texts } from './mxfp4'
import { stepText } from './step'
import {
  mxfp4RowsText,
  type Teams,
  teamConstants,
  teamTexts,
  teamWorkgroups,
  usualTeams,
} from './team'

const kernel = defineKernel('top_k_moe_matvec_mxfp4_swiglu', (features, constants) => [
  source,
  features.subgroups ? choiceSubgroups : choiceText,
  stepText(features),
  ...mxfp4Texts(features),
  mxfp4RowsText(constants),
  swiglu,
  ...teamTexts(features, constants),
])

interface TopKMoeMatvecSwiglu {
  step: Uniform
  logits: Tensor<'f32'> // [≥ 1, experts of all segments]; row 0 is used
  x: Tensor<'f32'> // [≥ 1, channels]; row 0 is used
  weight: ExpertWeight // rows 2j gate, 2j + 1 up
  y: Tensor<'f32'> // [≥ topK, rows / 2]
  expertIds: Tensor<'u32'> // [≥ 1, topK]; row 0 is written, best first
  expertWeights: Tensor<'f32'> // [≥ 1, topK]; row 0 is written, and sums to 1
  swigluLimit: number
  /** Divides the lanes; left out, as is usual on a GPU. */
  teams?: Teams
}

/**
 * Chooses a token's experts, and computes the SwiGLU of their gate and up projections; choices whose
 * expert is not in this segment are left alone. Truth: `route`, `linear` and `swiglu` in ../reference.ts.
 */
export function topKMoeMatvecMxfp4Swiglu(
  gpu: Gpu,
  {
    step,
    logits,
    x,
    weight,
    y,
    expertIds,
    expertWeights,
    swigluLimit,
    teams = usualTeams,
  }: TopKMoeMatvecSwiglu,
): Dispatch {
  const { experts, rows, blocksPerRow, channels } = expertShape(weight)
  const layerExperts = logits.shape[1] as number
  const topK = expertIds.shape[1] as number
  expectShape('x', x, [x.shape[0] as number, channels])
  expectShape('y', y, [y.shape[0] as number, rows / 2])
  const shape = teams(blocksPerRow, 2)
  return kernel.bind(gpu, {
    tensors: {
      step,
      logits,
      x,
      weight: weight.blocks,
      scales: weight.scales,
      biases: weight.bias,
      y,
      expert_ids: expertIds,
      expert_weights: expertWeights,
    },
    params: {
      blocks: blocksPerRow,
      rows,
      first_expert: weight.firstExpert,
      experts,
    },
    constants: {
      ...teamConstants(gpu, shape),
      SWIGLU_LIMIT: swigluLimit,
      LAYER_EXPERTS: layerExperts,
      TOP_K: topK,
    },
    workgroups: [teamWorkgroups(rows, shape), topK],
    needs: () => ({
      logits: 4 * layerExperts,
      x: 4 * channels,
      ...neededOfExperts(weight, layerExperts, topK),
      expert_ids: 4 * topK,
      expert_weights: 4 * topK,
      y: topK * rowBytes(y),
    }),
  })
}
