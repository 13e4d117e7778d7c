import type { Gpu } from '../gpu/device'
import { bufferUsage } from '../gpu/flags'
import type { Dispatch, Uniform } from '../gpu/kernel'
import { allocate, type Tensor, write } from '../gpu/tensor'
import { attention } from '../kernels/attention'
import { embedding } from '../kernels/embedding'
import { expertSort } from '../kernels/expert-sort'
import { matmul } from '../kernels/matmul'
import { matvec } from '../kernels/matvec'
import { moeMatmulMxfp4, moeMatmulMxfp4Swiglu } from '../kernels/moe-matmul-mxfp4'
import { moeMatvecMxfp4Sum } from '../kernels/moe-matvec-mxfp4-sum'
import { moeMatvecMxfp4Swiglu } from '../kernels/moe-matvec-mxfp4-swiglu'
import { moeSum } from '../kernels/moe-sum'
import { headNorm, rmsNorm } from '../kernels/rms-norm'
import { rope } from '../kernels/rope'
import { maxExpertTiles } from '../kernels/tile'
import { topK } from '../kernels/top-k'
import type { ModelConfig } from './config'
import { allocateKvCache, type LayerCache } from './kv-cache'
import { ropeTable } from './rope-table'
import type { LayerWeights, ModelWeights } from './upload'

/** What the layers hand to each other, for up to `chunkTokens` rows; every layer reuses it. */
export interface Activations {
  tokens: Tensor<'u32'> // [chunk]; row 0 is also where the sampler leaves the next token
  x: Tensor<'f32'> // [chunk, hidden]: the residual stream
  normed: Tensor<'f32'> // [chunk, hidden]
  qkv: Tensor<'f32'> // [chunk, (H + 2 KV) · headDim]
  attended: Tensor<'f32'> // [chunk, H · headDim]
  routerLogits: Tensor<'f32'> // [chunk, experts]
  expertIds: Tensor<'u32'> // [chunk, topK]
  expertWeights: Tensor<'f32'> // [chunk, topK]
  activated: Tensor<'f32'> // [chunk · topK, intermediate]
  expertOutputs: Tensor<'f32'> // [chunk · topK, hidden]
  order: Tensor<'u32'> // [chunk · topK]
  tiles: Tensor<'u32'> // [tiles, 3]
  headNormed: Tensor<'f32'> // [1, hidden]
  logits: Tensor<'f32'> // [1, vocabulary]
}

/** The dispatches of a pass over the model, in order. */
export interface Program {
  embedding: Dispatch[]
  layers: Dispatch[][]
}

/**
 * The model as lists of bound dispatches: made once, replayed for every chunk and every token.
 *
 * A submission sets the step, then encodes `prefill` (rows ≤ chunkTokens) or `decode` (one row,
 * whose token is in `activations.tokens`), and `head` when the logits of one row are wanted.
 */
export interface Forward {
  readonly contextTokens: number
  readonly chunkTokens: number
  readonly step: Uniform
  readonly activations: Activations
  readonly prefill: Program
  readonly decode: Program
  /** Logits of the row `step.headRow`, into `activations.logits`. */
  readonly head: readonly Dispatch[]
  /** Takes effect for what is submitted afterwards. */
  setStep(step: { position: number; rows: number; headRow: number }): void
  destroy(): void
}

/** Binds the model for `contextTokens` positions, prefilled at most `chunkTokens` at a time. */
export function createForward(
  gpu: Gpu,
  config: ModelConfig,
  weights: ModelWeights,
  { contextTokens, chunkTokens }: { contextTokens: number; chunkTokens: number },
): Forward {
  const activations = allocateActivations(gpu, config, chunkTokens)
  const cache = allocateKvCache(gpu, config, contextTokens)
  const rotations = allocate(gpu, 'f32', [contextTokens, config.headDim / 2, 2], 'rope table')
  write(gpu, rotations, ropeTable(config, contextTokens))
  const step: Uniform = {
    uniform: gpu.device.createBuffer({
      label: 'step',
      size: 12,
      usage: bufferUsage.uniform | bufferUsage.copyTarget,
    }),
  }

  const { tokens, x, headNormed, logits } = activations
  const embed = weights.embedding.map(({ firstRow, rows }) =>
    embedding(gpu, { tokens, table: rows, firstRow, x }),
  )
  const layers = weights.layers.map(
    (layerWeights, i): Layer => ({
      weights: layerWeights,
      cache: cache[i] as LayerCache,
      window: config.layerTypes[i] === 'sliding_attention' ? config.slidingWindow : 0,
    }),
  )
  const parts: Parts = { gpu, config, step, rotations, activations }
  const head = [
    headNorm(gpu, { step, x, weight: weights.norm, y: headNormed, epsilon: config.rmsNormEps }),
    ...weights.head.map(({ firstRow, rows }) =>
      matvec(gpu, { x: headNormed, weight: rows, y: logits, firstRow }),
    ),
  ]

  const stepValues = new Uint32Array(3)
  return {
    contextTokens,
    chunkTokens,
    step,
    activations,
    prefill: { embedding: embed, layers: layers.map((layer) => prefillLayer(parts, layer)) },
    decode: { embedding: embed, layers: layers.map((layer) => decodeLayer(parts, layer)) },
    head,
    setStep({ position, rows, headRow }) {
      stepValues.set([position, rows, headRow])
      gpu.device.queue.writeBuffer(step.uniform, 0, stepValues)
    },
    destroy() {
      const caches = cache.flatMap(({ keys, values }) => [keys, values])
      for (const { buffer } of [rotations, ...caches, ...Object.values(activations)])
        buffer.destroy()
      step.uniform.destroy()
    },
  }
}

interface Layer {
  weights: LayerWeights
  cache: LayerCache
  window: number
}

interface Parts {
  gpu: Gpu
  config: ModelConfig
  step: Uniform
  rotations: Tensor<'f32'>
  activations: Activations
}

/** One layer for many tokens: matrix products, tokens grouped by expert. */
function prefillLayer(parts: Parts, { weights, cache, window }: Layer): Dispatch[] {
  const { gpu, config, step, rotations, activations } = parts
  const { x, normed, qkv, attended, routerLogits, expertIds, expertWeights } = activations
  const { activated, expertOutputs, order, tiles } = activations
  const { rmsNormEps: epsilon, swigluLimit, numLocalExperts: experts } = config
  const grouped = { order, tiles, experts, topK: config.numExpertsPerTok }
  return [
    rmsNorm(gpu, { x, weight: weights.inputNorm, y: normed, epsilon }),
    matmul(gpu, { step, x: normed, weight: weights.qkv, bias: weights.qkvBias, y: qkv }),
    rope(gpu, { step, rotations, qkv, ...cache }),
    attention(gpu, { step, qkv, ...cache, sinks: weights.sinks, y: attended, window }),
    matmul(gpu, {
      step,
      x: attended,
      weight: weights.oProj,
      bias: weights.oProjBias,
      y: x,
      accumulate: true,
    }),

    rmsNorm(gpu, { x, weight: weights.postAttentionNorm, y: normed, epsilon }),
    matmul(gpu, {
      step,
      x: normed,
      weight: weights.router,
      bias: weights.routerBias,
      y: routerLogits,
    }),
    topK(gpu, { step, logits: routerLogits, expertIds, expertWeights }),
    expertSort(gpu, { step, expertIds, experts, order, tiles }),
    ...weights.gateUp.map((weight) =>
      moeMatmulMxfp4Swiglu(gpu, { ...grouped, x: normed, weight, y: activated, swigluLimit }),
    ),
    ...weights.down.map((weight) =>
      moeMatmulMxfp4(gpu, { ...grouped, x: activated, weight, y: expertOutputs }),
    ),
    moeSum(gpu, { expertWeights, x: expertOutputs, y: x }),
  ]
}

/** The same layer for one token: matrix-vector products that read each weight once. */
function decodeLayer(parts: Parts, { weights, cache, window }: Layer): Dispatch[] {
  const { gpu, config, step, rotations, activations } = parts
  const { x, normed, qkv, attended, routerLogits, expertIds, expertWeights, activated } =
    activations
  const { rmsNormEps: epsilon, swigluLimit } = config
  return [
    rmsNorm(gpu, { x, weight: weights.inputNorm, y: normed, epsilon }),
    matvec(gpu, { x: normed, weight: weights.qkv, bias: weights.qkvBias, y: qkv }),
    rope(gpu, { step, rotations, qkv, ...cache }),
    attention(gpu, { step, qkv, ...cache, sinks: weights.sinks, y: attended, window }),
    matvec(gpu, {
      x: attended,
      weight: weights.oProj,
      bias: weights.oProjBias,
      y: x,
      accumulate: true,
    }),

    rmsNorm(gpu, { x, weight: weights.postAttentionNorm, y: normed, epsilon }),
    matvec(gpu, {
      x: normed,
      weight: weights.router,
      bias: weights.routerBias,
      y: routerLogits,
    }),
    topK(gpu, { step, logits: routerLogits, expertIds, expertWeights }),
    ...weights.gateUp.map((weight) =>
      moeMatvecMxfp4Swiglu(gpu, { expertIds, x: normed, weight, y: activated, swigluLimit }),
    ),
    ...weights.down.map((weight) =>
      moeMatvecMxfp4Sum(gpu, { expertIds, expertWeights, x: activated, weight, y: x }),
    ),
  ]
}

function allocateActivations(gpu: Gpu, config: ModelConfig, chunk: number): Activations {
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
  const f32 = (shape: number[], label: string) => allocate(gpu, 'f32', shape, label)
  const u32 = (shape: number[], label: string) => allocate(gpu, 'u32', shape, label)
  return {
    tokens: u32([chunk], 'tokens'),
    x: f32([chunk, hidden], 'residual stream'),
    normed: f32([chunk, hidden], 'normed'),
    qkv: f32([chunk, (heads + 2 * kvHeads) * headDim], 'qkv'),
    attended: f32([chunk, heads * headDim], 'attended'),
    routerLogits: f32([chunk, experts], 'router logits'),
    expertIds: u32([chunk, chosen], 'expert ids'),
    expertWeights: f32([chunk, chosen], 'expert weights'),
    activated: f32([chunk * chosen, intermediateSize], 'activated'),
    expertOutputs: f32([chunk * chosen, hidden], 'expert outputs'),
    order: u32([chunk * chosen], 'expert order'),
    tiles: u32([maxExpertTiles(chunk, chosen, experts), 3], 'expert tiles'),
    headNormed: f32([1, hidden], 'head normed'),
    logits: f32([1, vocabSize], 'logits'),
  }
}
