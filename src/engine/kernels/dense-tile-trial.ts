import matmulSource from '#shaders/matmul.wgsl?raw'
import bias from '#shaders/shared/bias.wgsl?raw'
import dense from '#shaders/shared/dense.wgsl?raw'
import denseBf16 from '#shaders/shared/dense-bf16.wgsl?raw'
import run from '#shaders/shared/run.wgsl?raw'
import tileStaged from '#shaders/shared/tile.wgsl?raw'
import tileSubgroups from '#shaders/shared/tile-subgroups.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { defineTrial } from './kernel-trial'
import { matmul } from './matmul'
import { sampleTokens, stepUniform, tensor } from './sample-operands'
import { isProduct, sampleDenseWeight, sampleVectors } from './sample-weights'
import { stepTexts } from './step'
import { type TileShape, tileName, tileShapes } from './tile'

/** A GPU gets enough to fill it. */
const sampleRows = ({ adapter }: Gpu) => (adapter.isSoftware ? 512 : 4096)
const channels = 1024

/** The tiles of prefill's products with dense weights. */
export const denseTileTrial = defineTrial<TileShape>({
  name: 'dense tile',
  variants: tileShapes,
  nameOf: tileName,
  samples(gpu) {
    const tokens = sampleTokens(gpu)
    const rows = sampleRows(gpu)
    const step = stepUniform(gpu, { rows: tokens })
    const x = sampleVectors(gpu, tokens, channels)
    const { weight, valueAt } = sampleDenseWeight(gpu, rows, channels)
    const bias = tensor(gpu, 'f32', [rows])
    return (tile) => {
      const y = tensor(gpu, 'f32', [tokens, rows])
      return {
        dispatches: [matmul(gpu, { step, x: x.tensor, weight, bias, y, tile })],
        work: { position: 0, rows: tokens },
        isRight: () => isProduct(gpu, y, x, (_, row, channel) => valueAt(row, channel)),
      }
    }
  },
  shaders: [matmulSource, bias, dense, denseBf16, run, ...stepTexts, tileStaged, tileSubgroups],
})
