import tileStaged from '#shaders/shared/tile.wgsl?raw'
import tileSubgroups from '#shaders/shared/tile-subgroups.wgsl?raw'
import type { Gpu } from '../gpu/device'
import type { Constants } from '../gpu/kernel'

/**
 * How a workgroup multiplies a tile of tokens with a tile of weight rows: with the weights staged in
 * workgroup memory (shaders/shared/tile.wgsl), or as so many lanes that pass the tokens' values to one
 * another within subgroups (tile-subgroups.wgsl).
 */
export type TileShape =
  | { readonly by: 'workgroup-memory' }
  | { readonly by: 'subgroups'; readonly lanes: 32 | 64 }

/** What every device can do. */
export const stagedTile: TileShape = { by: 'workgroup-memory' }

type Abilities = Pick<Gpu, 'features' | 'subgroupMinSize' | 'adapter'>

/** Whether all subgroups are known to be made of eight lanes or a multiple. */
export const hasOctets = ({ features, subgroupMinSize }: Abilities) =>
  features.subgroups && subgroupMinSize >= 8

/**
 * The shapes that a device can be tried with, the likeliest first. A processor has no workgroup memory of
 * its own, and its lanes wait for one another dearly; on llvmpipe that makes five to ten times the difference.
 */
export function tileShapes(gpu: Abilities): [TileShape, ...TileShape[]] {
  if (!hasOctets(gpu)) return [stagedTile]
  return gpu.adapter.isSoftware
    ? [{ by: 'subgroups', lanes: 32 }, stagedTile]
    : [stagedTile, { by: 'subgroups', lanes: 32 }, { by: 'subgroups', lanes: 64 }]
}

/** Tokens (or token and expert pairs) of a tile. */
export const tileTokens = ({ by }: TileShape) => (by === 'subgroups' ? 8 : 32)

/** Weight rows of a tile. */
export const tileRows = (tile: TileShape) => (tile.by === 'subgroups' ? 4 * tile.lanes : 32)

/** For tables and logs. */
export const tileName = (tile: TileShape) =>
  tile.by === 'subgroups' ? `subgroups, ${tile.lanes} lanes` : 'workgroup memory'

/** The WGSL that multiplies so; which one it is, `tileConstants` decides. */
export const tileText = (constants: Constants) =>
  'TILE_LANES' in constants ? tileSubgroups : tileStaged

export const tileConstants = (tile: TileShape): Constants =>
  tile.by === 'subgroups' ? { TILE_LANES: tile.lanes } : {}

/** The fewest and the most tokens of a tile, of whatever shape. */
export const smallestTileTokens = 8
export const largestTileTokens = 32

/** Tiles that hold every pair of `tokens` tokens and `topK` choices, however the router spreads them. */
export function maxExpertTiles(tokens: number, topK: number, experts: number, pairsOfTile: number) {
  const pairs = tokens * topK
  return Math.floor(pairs / pairsOfTile) + Math.min(pairs, experts)
}
