import expertSortSource from '#shaders/expert-sort.wgsl?raw'
import moeMatmulSource from '#shaders/moe-matmul-mxfp4.wgsl?raw'
import fp4Half from '#shaders/shared/fp4-half.wgsl?raw'
import fp4Integer from '#shaders/shared/fp4-integer.wgsl?raw'
import moeTile from '#shaders/shared/moe-tile.wgsl?raw'
import mxfp4 from '#shaders/shared/mxfp4.wgsl?raw'
import run from '#shaders/shared/run.wgsl?raw'
import tileStaged from '#shaders/shared/tile.wgsl?raw'
import tileSubgroups from '#shaders/shared/tile-subgroups.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { expertSort } from './expert-sort'
import { defineTrial } from './kernel-trial'
import { moeMatmulMxfp4 } from './moe-matmul-mxfp4'
import { sampleTokens, stepUniform, tensor } from './sample-operands'
import { isProduct, sampleExpertWeight, sampleVectors } from './sample-weights'
import { stepTexts } from './step'
import { maxExpertTiles, type TileShape, tileName, tileShapes, tileTokens } from './tile'

/** Each of which every token chooses. */
const experts = 4
/** Of an expert; a GPU gets enough to fill it. */
const sampleRows = ({ adapter }: Gpu) => (adapter.isSoftware ? 128 : 1024)
const channels = 1024

/** The tiles of prefill's products with experts. */
export const expertTileTrial = defineTrial<TileShape>({
  name: 'expert tile',
  variants: tileShapes,
  nameOf: tileName,
  samples(gpu) {
    const tokens = sampleTokens(gpu)
    const rows = sampleRows(gpu)
    const pairs = tokens * experts
    const step = stepUniform(gpu, { rows: tokens })
    const x = sampleVectors(gpu, pairs, channels)
    const { weight, valueAt } = sampleExpertWeight(gpu, experts, rows, channels)
    const ids = Uint32Array.from({ length: pairs }, (_, pair) => pair % experts)
    const expertIds = tensor(gpu, 'u32', [tokens, experts], ids)
    return (tile) => {
      const mostTiles = maxExpertTiles(tokens, experts, experts, tileTokens(tile))
      const lists = {
        order: tensor(gpu, 'u32', [pairs]),
        tiles: tensor(gpu, 'u32', [mostTiles, 3]),
        experts,
        tile,
      }
      const y = tensor(gpu, 'f32', [pairs, rows])
      return {
        dispatches: [
          expertSort(gpu, { step, expertIds, ...lists }),
          moeMatmulMxfp4(gpu, { ...lists, topK: experts, x: x.tensor, weight, y }),
        ],
        work: { position: 0, rows: tokens },
        isRight: () =>
          isProduct(gpu, y, x, (pair, row, channel) => valueAt(pair % experts, row, channel)),
      }
    }
  },
  shaders: [
    expertSortSource,
    moeMatmulSource,
    fp4Half,
    fp4Integer,
    moeTile,
    mxfp4,
    run,
    ...stepTexts,
    tileStaged,
    tileSubgroups,
  ],
})
