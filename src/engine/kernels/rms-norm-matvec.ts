import source from '#shaders/rms-norm-matvec.wgsl?raw'
import biasText from '#shaders/shared/bias.wgsl?raw'
import dropNormed from '#shaders/shared/drop-normed.wgsl?raw'
import keepNormed from '#shaders/shared/keep-normed.wgsl?raw'
import noBias from '#shaders/shared/no-bias.wgsl?raw'
import stepText from '#shaders/shared/step.wgsl?raw'
import type { Gpu } from '../gpu/device'
import type { Dispatch, Uniform } from '../gpu/kernel'
import { expectShape, type Tensor } from '../gpu/tensor'
import { type DenseWeight, defineDenseKernels, denseShape, denseTensors } from './dense-weight'
import { type TeamShape, teamConstants, teamSumText, teamsFor, teamWorkgroups } from './team'

const define = (...choices: string[]) =>
  defineDenseKernels('rms_norm_matvec', (features, constants) => [
    source,
    stepText,
    ...choices,
    teamSumText(features, constants),
  ])
const biased = define(biasText, dropNormed)
const unbiased = define(noBias, dropNormed)
const biasedKeeping = define(biasText, keepNormed)

interface RmsNormMatvec {
  /** Its `headRow` says which row of `x` is taken. */
  step: Uniform
  x: Tensor<'f32'> // [tokens, channels]
  norm: Tensor<'f32'> // [channels]
  epsilon: number
  weight: DenseWeight // [rows, channels]
  y: Tensor<'f32'> // [≥ 1, ≥ firstRow + rows]; row 0 is written, from firstRow on
  firstRow?: number
  teams?: TeamShape
}

/** Where there is a bias, the normed row may be kept for other kernels: both are what the router needs. */
type Extras =
  | { bias?: undefined; normed?: undefined }
  | {
      bias: Tensor<'f32'> // [rows of y]
      normed?: Tensor<'f32'> // [≥ 1, channels]; row 0 is written
    }

/**
 * `weight · rmsNorm(x, norm) + bias` for one token. Truth: `rmsNorm` and `linear` in ../reference.ts.
 * Bound by reading the weights.
 */
export function rmsNormMatvec(
  gpu: Gpu,
  {
    step,
    x,
    norm,
    epsilon,
    weight,
    y,
    firstRow = 0,
    teams = teamsFor(denseShape(weight).channels / 8, 8),
    bias,
    normed,
  }: RmsNormMatvec & Extras,
): Dispatch {
  const { rows, channels } = denseShape(weight)
  expectShape('x', x, [x.shape[0] as number, channels])
  expectShape('norm', norm, [channels])
  if (bias) expectShape('bias', bias, [y.shape[1] as number])
  if (normed) expectShape('normed', normed, [normed.shape[0] as number, channels])
  const kernels = normed ? biasedKeeping : bias ? biased : unbiased
  return kernels[weight.format].bind(gpu, {
    tensors: {
      step,
      x,
      norm,
      ...denseTensors(weight),
      y,
      ...(bias && { bias }),
      ...(normed && { normed }),
    },
    params: { vectors: channels / 8, rows, first_row: firstRow, epsilon },
    constants: teamConstants(gpu, teams),
    workgroups: [teamWorkgroups(rows, teams)],
    needs: () => ({
      x: 4 * channels,
      y: 4 * rows,
      ...(bias && { bias: 4 * rows }),
      ...(normed && { normed: 4 * channels }),
    }),
  })
}
