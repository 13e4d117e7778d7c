import type { GpuFeatures } from '../gpu/device'
import type { Tensor } from '../gpu/tensor'
import { type Half, halfDtype } from '../kernels/half'
import type { ModelConfig } from './config'
import { type Planned, planTensor } from './planned'

/** Keys and values of one layer, by position: half [contextTokens, KV, headDim] each. */
export interface LayerCache {
  keys: Tensor<Half>
  values: Tensor<Half>
}

/** One cache per layer, for the whole context. */
export function planKvCache(
  { numHiddenLayers, numKeyValueHeads, headDim }: ModelConfig,
  features: Pick<GpuFeatures, 'f16'>,
  contextTokens: number,
): Planned<LayerCache>[] {
  const plan = (label: string) =>
    planTensor(halfDtype(features), [contextTokens, numKeyValueHeads, headDim], label)
  return Array.from({ length: numHiddenLayers }, (_, layer) => ({
    keys: plan(`layer ${layer} key cache`),
    values: plan(`layer ${layer} value cache`),
  }))
}
