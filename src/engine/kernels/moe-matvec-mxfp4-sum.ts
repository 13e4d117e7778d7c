import source from '#shaders/moe-matvec-mxfp4-sum.wgsl?raw'
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

const kernel = defineKernel('moe_matvec_mxfp4_sum', (features, constants) => [
  source,
  stepText(features),
  ...mxfp4Texts(features),
  mxfp4RowsText(constants),
  ...teamTexts(features, constants),
])

interface MoeMatvecSum {
  step: Uniform
  expertIds: Tensor<'u32'> // [≥ 1, topK]; row 0 is used
  expertWeights: Tensor<'f32'> // [≥ 1, topK]
  /** All experts of the layer; left out, those of this segment. */
  experts?: number
  x: Tensor<'f32'> // [≥ topK, channels], one row per choice
  weight: ExpertWeight
  y: Tensor<'f32'> // [≥ 1, rows], the residual stream; row 0 is added to
  /** Divides the lanes; left out, as is usual on a GPU. */
  teams?: Teams
}

/**
 * Adds the chosen experts' weighted down projections to `y`, for one token; experts of other
 * segments are left to them. Truth: `linear` in ../reference.ts, weighted and summed.
 */
export function moeMatvecMxfp4Sum(
  gpu: Gpu,
  {
    step,
    expertIds,
    expertWeights,
    x,
    weight,
    experts: allExperts = expertShape(weight).experts,
    y,
    teams = usualTeams,
  }: MoeMatvecSum,
): Dispatch {
  const { experts, rows, blocksPerRow, channels } = expertShape(weight)
  const topK = expertIds.shape[1] as number
  expectShape('x', x, [x.shape[0] as number, channels])
  expectShape('y', y, [y.shape[0] as number, rows])
  const shape = teams(blocksPerRow, 1)
  return kernel.bind(gpu, {
    tensors: {
      step,
      expert_ids: expertIds,
      expert_weights: expertWeights,
      x,
      weight: weight.blocks,
      scales: weight.scales,
      biases: weight.bias,
      y,
    },
    params: {
      blocks: blocksPerRow,
      rows,
      first_expert: weight.firstExpert,
      experts,
    },
    constants: { ...teamConstants(gpu, shape), TOP_K: topK },
    workgroups: [teamWorkgroups(rows, shape)],
    needs: () => ({
      expert_ids: 4 * topK,
      expert_weights: 4 * topK,
      x: topK * rowBytes(x),
      ...neededOfExperts(weight, allExperts, topK),
      y: 4 * rows,
    }),
  })
}
