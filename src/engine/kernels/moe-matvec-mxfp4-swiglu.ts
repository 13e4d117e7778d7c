import source from '#shaders/moe-matvec-mxfp4-swiglu.wgsl?raw'
import mxfp4Dot from '#shaders/shared/mxfp4-dot.wgsl?raw'
import swiglu from '#shaders/shared/swiglu.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { type ExpertWeight, expertShape, neededOfExperts } from './expert-weight'
import { mxfp4Texts } from './mxfp4'
import { type TeamShape, teamConstants, teamSumText, teamsFor, teamWorkgroups } from './team'

const kernel = defineKernel('moe_matvec_mxfp4_swiglu', (features) => [
  source,
  ...mxfp4Texts(features),
  mxfp4Dot,
  swiglu,
  teamSumText(features),
])

interface MoeMatvecSwiglu {
  expertIds: Tensor<'u32'> // [≥ 1, topK]; row 0 is used
  /** All experts of the layer; left out, those of this segment. */
  experts?: number
  x: Tensor<'f32'> // [≥ 1, channels]; row 0 is used
  weight: ExpertWeight // rows 2j gate, 2j + 1 up
  y: Tensor<'f32'> // [≥ topK, rows / 2]
  swigluLimit: number
  teams?: TeamShape
}

/**
 * SwiGLU of the chosen experts' gate and up projections, for one token; choices whose expert is
 * not in this segment are left alone. Truth: `linear` and `swiglu` in ../reference.ts.
 */
export function moeMatvecMxfp4Swiglu(
  gpu: Gpu,
  {
    expertIds,
    x,
    weight,
    experts: allExperts = expertShape(weight).experts,
    y,
    swigluLimit,
    teams = teamsFor(expertShape(weight).blocksPerRow, 2),
  }: MoeMatvecSwiglu,
): Dispatch {
  const { experts, rows, blocksPerRow, channels } = expertShape(weight)
  const topK = expertIds.shape[1] as number
  expectShape('x', x, [x.shape[0] as number, channels])
  expectShape('y', y, [y.shape[0] as number, rows / 2])
  return kernel.bind(gpu, {
    tensors: {
      expert_ids: expertIds,
      x,
      weight: weight.blocks,
      scales: weight.scales,
      biases: weight.bias,
      y,
    },
    params: { blocks: blocksPerRow, rows, first_expert: weight.firstExpert, experts },
    constants: { ...teamConstants(gpu, teams), SWIGLU_LIMIT: swigluLimit },
    workgroups: [teamWorkgroups(rows, teams), topK],
    needs: () => ({
      expert_ids: 4 * topK,
      x: 4 * channels,
      ...neededOfExperts(weight, allExperts, topK),
      y: topK * rowBytes(y),
    }),
  })
}
