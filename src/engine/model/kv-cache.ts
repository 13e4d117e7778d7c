import type { Tensor } from '../gpu/tensor'
import type { ModelConfig } from './config'
import { type Planned, planTensor } from './planned'

/** Keys and values of one layer: f16 [capacity, KV, headDim] each, position p at p % capacity. */
export interface LayerCache {
  keys: Tensor<'f16'>
  values: Tensor<'f16'>
}

export interface KvCache {
  /** Of every layer. Full layers hold the whole context; a sliding layer may be a ring. */
  layers: readonly LayerCache[]
  /**
   * Of every ring, in the layers' order, `snapshotSlots` copies of a window, one after another: f16
   * [snapshotSlots · window, KV, headDim] each. Empty where no layer is a ring.
   */
  snapshots: readonly LayerCache[]
}

/**
 * Copies of the sliding layers' windows that are kept, 3 MB each for gpt-oss-20b: so many places of
 * a conversation can be gone back to without computing everything before them again.
 */
export const snapshotSlots = 16

/**
 * The caches of all layers. A sliding layer reads no more than its window, so it is a ring of window
 * and chunk (whose keys are written before the first of its tokens reads), unless the whole context
 * takes no more than that and its snapshots.
 */
export function planKvCache(
  config: ModelConfig,
  contextTokens: number,
  chunkTokens: number,
): Planned<KvCache> {
  const { layerTypes, slidingWindow, numKeyValueHeads, headDim } = config
  const plan = (capacity: number, name: string): Planned<LayerCache> => ({
    keys: planTensor('f16', [capacity, numKeyValueHeads, headDim], `${name} key cache`),
    values: planTensor('f16', [capacity, numKeyValueHeads, headDim], `${name} value cache`),
  })
  // Attention reads in blocks of headDim positions, which must not lie across a ring's end.
  const ring = Math.ceil((slidingWindow + chunkTokens) / headDim) * headDim
  const snapshots = snapshotSlots * slidingWindow
  const isRing = layerTypes.map(
    (type) => type === 'sliding_attention' && ring + snapshots < contextTokens,
  )
  return {
    layers: isRing.map((short, layer) => plan(short ? ring : contextTokens, `layer ${layer}`)),
    snapshots: isRing.flatMap((short, layer) =>
      short ? [plan(snapshots, `layer ${layer} saved`)] : [],
    ),
  }
}
