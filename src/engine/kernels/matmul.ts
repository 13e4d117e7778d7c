import source from '#shaders/matmul.wgsl?raw'
import biasText from '#shaders/shared/bias.wgsl?raw'
import type { Gpu } from '../gpu/device'
import type { Dispatch, Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { type DenseWeight, defineDenseKernels, denseShape, denseTensors } from './dense-weight'
import { stepText } from './step'
import { stagedTile, type TileShape, tileConstants, tileRows, tileText, tileTokens } from './tile'

const kernels = defineDenseKernels('matmul', (features, constants) => [
  source,
  biasText,
  stepText(features),
  tileText(constants),
])

interface Matmul {
  step: Uniform
  x: Tensor<'f32'> // [tokens, channels]
  weight: DenseWeight // [rows, channels]
  bias: Tensor<'f32'> // [rows of y]
  y: Tensor<'f32'> // [tokens, ≥ firstRow + rows]; firstRow … firstRow + rows − 1 are written
  firstRow?: number
  /** Add to what `y` holds instead of replacing it. */
  accumulate?: boolean
  tile?: TileShape
}

/** `weight · x[t] + bias` for the step's token rows. Truth: `linear` in ../reference.ts. */
export function matmul(
  gpu: Gpu,
  { step, x, weight, bias, y, firstRow = 0, accumulate = false, tile = stagedTile }: Matmul,
): Dispatch {
  const { rows, channels } = denseShape(weight)
  const tokens = x.shape[0] as number
  expectShape('x', x, [tokens, channels])
  const yRows = y.shape[1] as number
  expectShape('bias', bias, [yRows])
  expectShape('y', y, [tokens, yRows])
  return kernels[weight.format].bind(gpu, {
    tensors: { step, x, ...denseTensors(weight), bias, y },
    params: { channels, rows, first_row: firstRow, y_rows: yRows, accumulate: Number(accumulate) },
    constants: tileConstants(tile),
    workgroups: ({ rows: tokenRows }) => [
      Math.ceil(rows / tileRows(tile)),
      Math.ceil(tokenRows / tileTokens(tile)),
    ],
    needs: ({ rows: tokenRows }) => ({
      x: tokenRows * rowBytes(x),
      bias: 4 * rows,
      y: tokenRows * 4 * rows,
    }),
  })
}
