import source from '#shaders/moe-matmul-mxfp4.wgsl?raw'
import swigluSource from '#shaders/moe-matmul-mxfp4-swiglu.wgsl?raw'
import moeTile from '#shaders/shared/moe-tile.wgsl?raw'
import swiglu from '#shaders/shared/swiglu.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Constants, type Dispatch, defineKernel, type Work } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { type ExpertWeight, expertShape, neededOfExperts } from './expert-weight'
import { mxfp4Texts } from './mxfp4'
import {
  maxExpertTiles,
  stagedTile,
  type TileShape,
  tileConstants,
  tileRows,
  tileText,
  tileTokens,
} from './tile'

const kernel = defineKernel('moe_matmul_mxfp4', (features, constants) => [
  source,
  moeTile,
  ...mxfp4Texts(features),
  tileText(constants),
])
const swigluKernel = defineKernel('moe_matmul_mxfp4_swiglu', (features, constants) => [
  swigluSource,
  moeTile,
  ...mxfp4Texts(features),
  swiglu,
  tileText(constants),
])

interface MoeMatmul {
  order: Tensor<'u32'> // [tokens · topK], from expertSort
  tiles: Tensor<'u32'> // [tiles, 3], from expertSort
  /** All experts of the layer, in every segment. */
  experts: number
  topK: number
  x: Tensor<'f32'>
  weight: ExpertWeight
  y: Tensor<'f32'>
  /** The one that expertSort made its lists for. */
  tile?: TileShape
}

/**
 * The experts' down projections: `y[pair] = weight[expert] · x[pair] + bias[expert]`.
 *
 * x is [tokens · topK, channels], y [tokens · topK, rows]. Pairs whose expert is not in this
 * segment are left alone. Truth: `linear` in ../reference.ts.
 */
export function moeMatmulMxfp4(gpu: Gpu, operands: MoeMatmul): Dispatch {
  const { order, x, y, weight } = operands
  const { rows, channels } = expertShape(weight)
  expectShape('x', x, [order.shape[0] as number, channels])
  expectShape('y', y, [order.shape[0] as number, rows])
  return kernel.bind(gpu, bindings(operands))
}

/**
 * SwiGLU of the experts' gate and up projections (rows 2j gate, 2j + 1 up), for many tokens.
 *
 * x is [tokens, channels], y [tokens · topK, rows / 2]. Pairs whose expert is not in this segment
 * are left alone. Truth: `linear` and `swiglu` in ../reference.ts.
 */
export function moeMatmulMxfp4Swiglu(
  gpu: Gpu,
  { swigluLimit, ...operands }: MoeMatmul & { swigluLimit: number },
): Dispatch {
  const { order, topK, x, y, weight } = operands
  const { rows, channels } = expertShape(weight)
  expectShape('x', x, [(order.shape[0] as number) / topK, channels])
  expectShape('y', y, [order.shape[0] as number, rows / 2])
  return swigluKernel.bind(gpu, bindings(operands, { SWIGLU_LIMIT: swigluLimit }))
}

function bindings(
  { order, tiles, experts: allExperts, topK, x, weight, y, tile = stagedTile }: MoeMatmul,
  constants: Constants = {},
) {
  const { experts, rows, blocksPerRow } = expertShape(weight)
  const tokens = (order.shape[0] as number) / topK
  const bytesPerToken = (tensor: Tensor) =>
    ((tensor.shape[0] as number) / tokens) * rowBytes(tensor)
  const tilesOf = (tokenRows: number) =>
    maxExpertTiles(tokenRows, topK, allExperts, tileTokens(tile))
  return {
    tensors: {
      tiles,
      order,
      x,
      weight: weight.blocks,
      scales: weight.scales,
      biases: weight.bias,
      y,
    },
    params: { blocks: blocksPerRow, rows, first_expert: weight.firstExpert, experts, top_k: topK },
    constants: { ...constants, ...tileConstants(tile) },
    workgroups: ({ rows: tokenRows }: Work) => [
      Math.ceil(rows / tileRows(tile)),
      tilesOf(tokenRows),
    ],
    needs: ({ rows: tokenRows }: Work) => ({
      tiles: tilesOf(tokenRows) * rowBytes(tiles),
      order: 4 * tokenRows * topK,
      x: tokenRows * bytesPerToken(x),
      ...neededOfExperts(weight, allExperts, tokenRows * topK),
      y: tokenRows * bytesPerToken(y),
    }),
  }
}
