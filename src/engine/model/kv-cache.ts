import type { Gpu } from '../gpu/device'
import { allocate, type Tensor, tensorBytes } from '../gpu/tensor'
import { type Half, halfDtype } from '../kernels/half'
import type { ModelConfig } from './config'

/** Keys and values of one layer, by position: half [contextTokens, KV, headDim] each. */
export interface LayerCache {
  keys: Tensor<Half>
  values: Tensor<Half>
}

/** One cache per layer, allocated once for the whole context. */
export const allocateKvCache = (
  gpu: Gpu,
  config: ModelConfig,
  contextTokens: number,
): LayerCache[] =>
  Array.from({ length: config.numHiddenLayers }, (_, layer) => {
    const shape = cacheShape(config, contextTokens)
    const dtype = halfDtype(gpu.features)
    return {
      keys: allocate(gpu, dtype, shape, `layer ${layer} key cache`),
      values: allocate(gpu, dtype, shape, `layer ${layer} value cache`),
    }
  })

/** Bytes of all layers' caches on this device. */
export const kvCacheBytes = (gpu: Gpu, config: ModelConfig, contextTokens: number) =>
  2 *
  config.numHiddenLayers *
  tensorBytes(halfDtype(gpu.features), cacheShape(config, contextTokens))

const cacheShape = ({ numKeyValueHeads, headDim }: ModelConfig, contextTokens: number) => [
  contextTokens,
  numKeyValueHeads,
  headDim,
]
