import source from '#shaders/expert-sort.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { stepText } from './step'
import { maxExpertTiles, stagedTile, type TileShape, tileTokens } from './tile'

const kernel = defineKernel('expert_sort', (features) => [source, stepText(features)])

interface ExpertSort {
  step: Uniform
  expertIds: Tensor<'u32'> // [tokens, topK]
  experts: number
  order: Tensor<'u32'> // [tokens · topK]
  tiles: Tensor<'u32'> // [≥ maxExpertTiles(tokens, topK, experts, tileTokens(tile)), 3]
  tile?: TileShape
}

/** Lists the (token, choice) pairs expert by expert, cut into tiles, for the grouped products. */
export function expertSort(
  gpu: Gpu,
  { step, expertIds, experts, order, tiles, tile = stagedTile }: ExpertSort,
): Dispatch {
  const [tokens, topK] = expertIds.shape as [number, number]
  const pairsOfTile = tileTokens(tile)
  const maxTiles = maxExpertTiles(tokens, topK, experts, pairsOfTile)
  expectShape('order', order, [tokens * topK])
  expectShape('tiles', tiles, [Math.max(maxTiles, tiles.shape[0] as number), 3])
  return kernel.bind(gpu, {
    tensors: { step, expert_ids: expertIds, order, tiles },
    params: { top_k: topK, max_tiles: maxTiles },
    constants: { EXPERTS: experts, TILE_PAIRS: pairsOfTile },
    workgroups: [1],
    needs: ({ rows }) => ({
      expert_ids: rows * rowBytes(expertIds),
      order: rows * rowBytes(expertIds),
      tiles: maxExpertTiles(rows, topK, experts, pairsOfTile) * rowBytes(tiles),
    }),
  })
}
