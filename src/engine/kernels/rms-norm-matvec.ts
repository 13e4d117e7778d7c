import source from '#shaders/rms-norm-matvec.wgsl?raw'
import biasText from '#shaders/shared/bias.wgsl?raw'
import dropBest from '#shaders/shared/drop-best.wgsl?raw'
import dropNormed from '#shaders/shared/drop-normed.wgsl?raw'
import keepBest from '#shaders/shared/keep-best.wgsl?raw'
import keepNormed from '#shaders/shared/keep-normed.wgsl?raw'
import noBias from '#shaders/shared/no-bias.wgsl?raw'
import samplingText from '#shaders/shared/sampling.wgsl?raw'
import type { Gpu } from '../gpu/device'
import type { Dispatch, Uniform } from '../gpu/kernel'
import { expectShape, type Tensor } from '../gpu/tensor'
import { type DenseWeight, defineDenseKernels, denseShape, denseTensors } from './dense-weight'
import { stepText } from './step'
import {
  denseRowsText,
  type Teams,
  teamConstants,
  teamTexts,
  teamWorkgroups,
  usualTeams,
} from './team'

const define = (...choices: string[]) =>
  defineDenseKernels('rms_norm_matvec', (features, constants) => [
    source,
    stepText(features),
    ...choices,
    denseRowsText(constants),
    ...teamTexts(features, constants),
  ])
const biased = define(biasText, dropNormed, dropBest)
const biasedKeeping = define(biasText, keepNormed, dropBest)
const unbiased = define(noBias, dropNormed, dropBest)
const unbiasedDrawing = define(noBias, dropNormed, keepBest, samplingText)

interface RmsNormMatvec {
  /** Its `headRow` says which row of `x` is taken. */
  step: Uniform
  x: Tensor<'f32'> // [tokens, channels]
  norm: Tensor<'f32'> // [channels]
  epsilon: number
  weight: DenseWeight // [rows, channels]
  y: Tensor<'f32'> // [≥ 1, ≥ firstRow + rows]; row 0 is written, from firstRow on
  firstRow?: number
  /** Divides the lanes; left out, as is usual on a GPU. */
  teams?: Teams
}

/**
 * Where there is a bias, the normed row may be kept for other kernels: both are what the router needs. Where there
 * is none, rows may be logits, of which each workgroup leaves the best to `sample`.
 */
type Extras =
  | { bias?: undefined; normed?: undefined; draw?: Draw }
  | {
      bias: Tensor<'f32'> // [rows of y]
      normed?: Tensor<'f32'> // [≥ 1, channels]; row 0 is written
      draw?: undefined
    }

interface Draw {
  /** `struct Sampling` of shaders/shared/sampling.wgsl. */
  sampling: Uniform
  seen: Tensor<'u32'> // [⌈rows of y / 32⌉], one bit per token of the context
  candidates: Tensor<'u32'> // [≥ firstCandidate + rmsNormMatvecWorkgroups, 2]: key and token
  firstCandidate: number
}

const teamShape = (channels: number, teams: Teams) => teams(channels / 8, 8)

/** Workgroups for a weight: as many candidates as it leaves. */
export const rmsNormMatvecWorkgroups = (rows: number, channels: number, teams = usualTeams) =>
  teamWorkgroups(rows, teamShape(channels, teams))

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
    teams = usualTeams,
    bias,
    normed,
    draw,
  }: RmsNormMatvec & Extras,
): Dispatch {
  const { rows, channels } = denseShape(weight)
  expectShape('x', x, [x.shape[0] as number, channels])
  expectShape('norm', norm, [channels])
  if (bias) expectShape('bias', bias, [y.shape[1] as number])
  if (normed) expectShape('normed', normed, [normed.shape[0] as number, channels])
  const kernels = normed ? biasedKeeping : bias ? biased : draw ? unbiasedDrawing : unbiased
  const shape = teamShape(channels, teams)
  const workgroups = teamWorkgroups(rows, shape)
  const { firstCandidate = 0, ...drawn } = draw ?? {}
  return kernels[weight.format].bind(gpu, {
    tensors: {
      step,
      x,
      norm,
      ...denseTensors(weight),
      y,
      ...(bias && { bias }),
      ...(normed && { normed }),
      ...drawn,
    },
    params: {
      vectors: channels / 8,
      rows,
      first_row: firstRow,
      first_candidate: firstCandidate,
      epsilon,
    },
    constants: teamConstants(gpu, shape),
    workgroups: [workgroups],
    needs: () => ({
      x: 4 * channels,
      y: 4 * rows,
      ...(bias && { bias: 4 * rows }),
      ...(normed && { normed: 4 * channels }),
      ...(draw && { seen: rows / 8, candidates: 8 * workgroups }),
    }),
  })
}
