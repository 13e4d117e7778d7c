import type { Tensor } from '../gpu/tensor'
import { mostSplits } from '../kernels/splits'
import { maxExpertTiles, smallestTileTokens } from '../kernels/tile'
import type { ModelConfig } from './config'
import { type Planned, planTensor } from './planned'

/** What the layers hand to each other, for up to `chunkTokens` rows; every layer reuses it. */
export interface Activations {
  tokens: Tensor<'u32'> // [chunk]; row 0 is also where the sampler leaves the next token
  x: Tensor<'f32'> // [chunk, hidden]: the residual stream
  normed: Tensor<'f32'> // [chunk, hidden]
  qkv: Tensor<'f32'> // [chunk, (H + 2 KV) · headDim]
  attended: Tensor<'f32'> // [chunk, H · headDim]
  partials: Tensor<'f32'> // [splits, H, headDim + 2]: one token's attention, where it is divided
  routerLogits: Tensor<'f32'> // [chunk, experts]
  expertIds: Tensor<'u32'> // [chunk, topK]
  expertWeights: Tensor<'f32'> // [chunk, topK]
  activated: Tensor<'f32'> // [chunk · topK, intermediate]
  expertOutputs: Tensor<'f32'> // [chunk · topK, hidden]
  order: Tensor<'u32'> // [chunk · topK]
  tiles: Tensor<'u32'> // [tiles, 3]
  logits: Tensor<'f32'> // [1, vocabulary]
  seen: Tensor<'u32'> // [⌈vocabulary / 32⌉]: one bit per token of the context, for the sampler
  candidates: Tensor<'u32'> // [≥ candidates, 2]: what the head's workgroups leave to the sampler
}

export interface ActivationSizes {
  contextTokens: number
  /** Tokens at a time. */
  chunk: number
  /** The most workgroups that the head may have. */
  candidates: number
}

export function planActivations(
  config: ModelConfig,
  { contextTokens, chunk, candidates }: ActivationSizes,
): Planned<Activations> {
  const {
    hiddenSize: hidden,
    intermediateSize,
    numAttentionHeads: heads,
    numKeyValueHeads: kvHeads,
    headDim,
    numLocalExperts: experts,
    numExpertsPerTok: chosen,
    vocabSize,
  } = config
  const f32 = (shape: number[], label: string) => planTensor('f32', shape, label)
  const u32 = (shape: number[], label: string) => planTensor('u32', shape, label)
  return {
    tokens: u32([chunk], 'tokens'),
    x: f32([chunk, hidden], 'residual stream'),
    normed: f32([chunk, hidden], 'normed'),
    qkv: f32([chunk, (heads + 2 * kvHeads) * headDim], 'qkv'),
    attended: f32([chunk, heads * headDim], 'attended'),
    partials: f32([mostSplits(contextTokens, headDim), heads, headDim + 2], 'attention parts'),
    routerLogits: f32([chunk, experts], 'router logits'),
    expertIds: u32([chunk, chosen], 'expert ids'),
    expertWeights: f32([chunk, chosen], 'expert weights'),
    activated: f32([chunk * chosen, intermediateSize], 'activated'),
    expertOutputs: f32([chunk * chosen, hidden], 'expert outputs'),
    order: u32([chunk * chosen], 'expert order'),
    tiles: u32([maxExpertTiles(chunk, chosen, experts, smallestTileTokens), 3], 'expert tiles'),
    logits: f32([1, vocabSize], 'logits'),
    seen: u32([Math.ceil(vocabSize / 32)], 'seen tokens'),
    candidates: u32([candidates, 2], 'candidates'),
  }
}
