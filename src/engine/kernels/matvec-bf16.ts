import source from '#shaders/matvec-bf16.wgsl?raw'
import bf16 from '#shaders/shared/bf16.wgsl?raw'
import biasBf16 from '#shaders/shared/bias-bf16.wgsl?raw'
import noBias from '#shaders/shared/no-bias.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel } from '../gpu/kernel'
import { expectShape, type Tensor } from '../gpu/tensor'
import { type TeamShape, teamConstants, teamSumText, teamsFor, teamWorkgroups } from './team'

const biased = defineKernel('matvec_bf16', (features) => [
  source,
  bf16,
  biasBf16,
  teamSumText(features),
])
const unbiased = defineKernel('matvec_bf16', (features) => [
  source,
  bf16,
  noBias,
  teamSumText(features),
])

interface MatvecBf16 {
  x: Tensor<'f32'> // [≥ 1, channels]; row 0 is used
  weight: Tensor<'bf16'> // [rows, channels], channels a multiple of 8
  bias?: Tensor<'bf16'> // [rows]
  y: Tensor<'f32'> // [≥ 1, ≥ firstRow + rows]; row 0 is written, from firstRow on
  firstRow?: number
  /** Add to what `y` holds instead of replacing it. */
  accumulate?: boolean
  teams?: TeamShape
}

/** `weight · x + bias` for one token. Truth: `linear` in ../reference.ts. Bound by reading the weights. */
export function matvecBf16(
  gpu: Gpu,
  {
    x,
    weight,
    bias,
    y,
    firstRow = 0,
    accumulate = false,
    teams = teamsFor((weight.shape[1] as number) / 8, 8),
  }: MatvecBf16,
): Dispatch {
  const [rows, channels] = weight.shape as [number, number]
  expectShape('x', x, [x.shape[0] as number, channels])
  if (bias) expectShape('bias', bias, [rows])
  return (bias ? biased : unbiased).bind(gpu, {
    tensors: { x, weight, y, ...(bias && { bias }) },
    params: { vectors: channels / 8, rows, first_row: firstRow, accumulate: Number(accumulate) },
    constants: teamConstants(gpu, teams),
    workgroups: [teamWorkgroups(rows, teams)],
  })
}
