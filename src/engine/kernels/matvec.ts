import source from '#shaders/matvec.wgsl?raw'
import biasText from '#shaders/shared/bias.wgsl?raw'
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

const kernels = defineDenseKernels('matvec', (features, constants) => [
  source,
  stepText(features),
  biasText,
  denseRowsText(constants),
  ...teamTexts(features, constants),
])

interface Matvec {
  step: Uniform
  x: Tensor<'f32'> // [≥ 1, channels]; row 0 is used
  weight: DenseWeight // [rows, channels]
  bias: Tensor<'f32'> // [rows]
  y: Tensor<'f32'> // [≥ 1, rows]; row 0 is added to
  /** Divides the lanes; left out, as is usual on a GPU. */
  teams?: Teams
}

/**
 * Adds `weight · x + bias` to `y`, for one token. A sum's order depends on the number of channels and the teams
 * alone, so equal numbers give equal bits in every format. Truth: `linear` in ../reference.ts. Bound by
 * reading the weights.
 */
export function matvec(
  gpu: Gpu,
  { step, x, weight, bias, y, teams = usualTeams }: Matvec,
): Dispatch {
  const { rows, channels } = denseShape(weight)
  expectShape('x', x, [x.shape[0] as number, channels])
  expectShape('bias', bias, [rows])
  expectShape('y', y, [y.shape[0] as number, rows])
  const shape = teams(channels / 8, 8)
  return kernels[weight.format].bind(gpu, {
    tensors: { step, x, ...denseTensors(weight), y, bias },
    params: { vectors: channels / 8, rows },
    constants: teamConstants(gpu, shape),
    workgroups: [teamWorkgroups(rows, shape)],
    needs: () => ({ x: 4 * channels, y: 4 * rows, bias: 4 * rows }),
  })
}
