import type { Gpu } from '../gpu/device'
import { bufferUsage } from '../gpu/flags'
import type { Dispatch, Uniform, Work } from '../gpu/kernel'
import { type Tensor, write } from '../gpu/tensor'
import { attention } from '../kernels/attention'
import { attentionMerge } from '../kernels/attention-merge'
import { denseShape } from '../kernels/dense-weight'
import { embedding } from '../kernels/embedding'
import { expertSort } from '../kernels/expert-sort'
import { matmul } from '../kernels/matmul'
import { matvec } from '../kernels/matvec'
import { moeMatmulMxfp4, moeMatmulMxfp4Swiglu } from '../kernels/moe-matmul-mxfp4'
import { moeMatvecMxfp4Sum } from '../kernels/moe-matvec-mxfp4-sum'
import { moeSum } from '../kernels/moe-sum'
import { rmsNorm } from '../kernels/rms-norm'
import { rmsNormMatvec, rmsNormMatvecWorkgroups } from '../kernels/rms-norm-matvec'
import { rope } from '../kernels/rope'
import { ropeAttention } from '../kernels/rope-attention'
import { teamsOf } from '../kernels/team'
import { topK } from '../kernels/top-k'
import { topKMoeMatvecMxfp4Swiglu } from '../kernels/top-k-moe-matvec-mxfp4-swiglu'
import { type KernelVariants, likeliestVariants } from '../kernels/variants'
import type { Activations } from './activations'
import type { Allocation } from './allocation'
import type { ModelConfig } from './config'
import type { KvCache, LayerCache } from './kv-cache'
import type { MemoryPlan } from './memory-plan'
import { createRings, type Rings } from './rings'
import { ropeTable } from './rope-table'
import type { LayerWeights, ModelWeights, RowSegment } from './weight-plan'

/** The dispatches of a pass over the model, in order. */
export interface Program {
  embedding: Dispatch[]
  layers: Dispatch[][]
}

/**
 * The model as lists of bound dispatches: made once, replayed for every chunk and every token.
 *
 * A submission sets the step, then encodes for the same work `prefill` (rows ≤ chunkTokens) or `decode`
 * (one row, whose token is in `activations.tokens`), and `head` when the logits of one row are wanted.
 */
export interface Forward {
  readonly contextTokens: number
  readonly chunkTokens: number
  readonly layerTypes: ModelConfig['layerTypes']
  /** The caches of the sliding layers; undefined where they hold the whole context. */
  readonly rings: Rings | undefined
  readonly step: Uniform
  readonly activations: Activations
  readonly prefill: Program
  readonly decode: Program
  /** How the next token is chosen: `struct Sampling` of shaders/shared/sampling.wgsl, the sampler's to fill in. */
  readonly sampling: Uniform
  /** Logits of the row `step.headRow` into `activations.logits`, the best of them into `activations.candidates`. */
  readonly head: readonly Dispatch[]
  /** How many of `activations.candidates` the head leaves. */
  readonly candidateCount: number
  /** Begins new work, whatever ended before. Takes effect for what is submitted afterwards. */
  setStep(work: Work): void
  /** Goes on to one row at `position`, unless a stop token has ended the work. Immediates say so themselves. */
  advance(position: number): void
  /** Frees what the memory plan does not know of; its buffers belong to whoever allocated them. */
  destroy(): void
}

/**
 * Binds the model to the buffers of its memory plan, each part once its own are there: layers share their
 * pipelines, which compile from the first one on, while buffers of others are still to come.
 * @throws EngineError `device-out-of-memory`
 */
export async function createForward(
  gpu: Gpu,
  config: ModelConfig,
  { contextTokens, chunkTokens, weights, cache, rotations, activations }: MemoryPlan,
  allocation: Allocation,
  variants = likeliestVariants(gpu),
): Promise<Forward> {
  const shared = await allocation.bind({ cache, rotations, activations }, (buffers: Buffers) => {
    write(gpu, buffers.rotations, ropeTable(config, contextTokens))
    const usage = bufferUsage.storage | bufferUsage.copyTarget
    const step = { label: 'step', size: 16, usage: bufferUsage.uniform | usage }
    const sampling = { label: 'sampling', size: samplingBytes, usage }
    return {
      ...buffers,
      step: { uniform: gpu.device.createBuffer(step) },
      sampling: { uniform: gpu.device.createBuffer(sampling) },
    }
  })
  const { step, sampling } = shared
  const destroy = () => {
    step.uniform.destroy()
    sampling.uniform.destroy()
  }
  const parts: Parts = { gpu, config, variants, ...shared }
  const { norm, head } = weights
  const [embedding, layers, last] = await Promise.all([
    allocation.bind(weights.embedding, (table: RowSegment[]) => bindEmbedding(parts, table)),
    Promise.all(
      weights.layers.map((layer, i) =>
        allocation.bind(layer, (layerWeights: LayerWeights) => bindLayer(parts, layerWeights, i)),
      ),
    ),
    allocation.bind({ norm, head }, (headWeights: HeadWeights) => bindHead(parts, headWeights)),
  ]).catch((error) => {
    destroy()
    throw error
  })

  const isSliding = config.layerTypes.map((type) => type === 'sliding_attention')
  // The last word, `idle_workgroups`, is the GPU's to set and setStep's to clear.
  const stepValues = new Uint32Array(4)
  const stepOfOneRow = Uint32Array.of(0, 1, 0)
  return {
    contextTokens,
    chunkTokens,
    layerTypes: config.layerTypes,
    rings: createRings(shared.cache, isSliding, config.slidingWindow),
    step,
    sampling,
    activations: shared.activations,
    prefill: { embedding, layers: layers.map(({ prefill }) => prefill) },
    decode: { embedding, layers: layers.map(({ decode }) => decode) },
    ...last,
    setStep({ position, rows, headRow = 0 }) {
      stepValues.set([position, rows, headRow])
      gpu.device.queue.writeBuffer(step.uniform, 0, stepValues)
    },
    advance(position) {
      if (gpu.features.immediates) return
      stepOfOneRow[0] = position
      gpu.device.queue.writeBuffer(step.uniform, 0, stepOfOneRow)
    },
    destroy,
  }
}

/** Bytes of `struct Sampling`. */
const samplingBytes = 96

/** What every layer uses. */
interface Buffers {
  cache: KvCache
  rotations: Tensor<'f32'>
  activations: Activations
}

interface Parts extends Buffers {
  gpu: Gpu
  config: ModelConfig
  variants: KernelVariants
  step: Uniform
  sampling: Uniform
}

interface Layer {
  weights: LayerWeights
  cache: LayerCache
  window: number
}

function bindEmbedding({ gpu, step, activations }: Parts, table: readonly RowSegment[]) {
  const { tokens, x } = activations
  return table.map(({ firstRow, weight }) =>
    embedding(gpu, { step, tokens, table: weight, firstRow, x }),
  )
}

function bindLayer(parts: Parts, weights: LayerWeights, index: number) {
  const { layerTypes, slidingWindow } = parts.config
  const window = layerTypes[index] === 'sliding_attention' ? slidingWindow : 0
  const layer: Layer = { weights, cache: parts.cache.layers[index] as LayerCache, window }
  return { prefill: prefillLayer(parts, layer), decode: decodeLayer(parts, layer) }
}

type HeadWeights = Pick<ModelWeights, 'norm' | 'head'>

function bindHead(parts: Parts, { norm, head }: HeadWeights) {
  const { gpu, config, variants, step, sampling, activations } = parts
  const { x, logits, seen, candidates } = activations
  const teams = teamsOf(variants.denseTeams)
  let candidateCount = 0
  const dispatches = head.map(({ firstRow, weight }) => {
    const draw = { sampling, seen, candidates, firstCandidate: candidateCount }
    const { rows, channels } = denseShape(weight)
    candidateCount += rmsNormMatvecWorkgroups(rows, channels, teams)
    return rmsNormMatvec(gpu, {
      step,
      x,
      norm,
      epsilon: config.rmsNormEps,
      weight,
      y: logits,
      firstRow,
      teams,
      draw,
    })
  })
  return { head: dispatches, candidateCount }
}

/** One layer for many tokens: matrix products, tokens grouped by expert. */
function prefillLayer(parts: Parts, { weights, cache, window }: Layer): Dispatch[] {
  const { gpu, config, step, rotations, activations, variants } = parts
  const { x, normed, qkv, attended, routerLogits, expertIds, expertWeights } = activations
  const { activated, expertOutputs, order, tiles } = activations
  const { rmsNormEps: epsilon, swigluLimit, numLocalExperts: experts } = config
  const grouped = {
    order,
    tiles,
    experts,
    topK: config.numExpertsPerTok,
    tile: variants.expertTile,
  }
  const tile = variants.denseTile
  return [
    rmsNorm(gpu, { x, weight: weights.inputNorm, y: normed, epsilon }),
    ...weights.qkv.map((segment) =>
      matmul(gpu, { step, x: normed, ...segment, bias: weights.qkvBias, y: qkv, tile }),
    ),
    rope(gpu, { step, rotations, qkv, ...cache }),
    attention(gpu, {
      step,
      qkv,
      ...cache,
      sinks: weights.sinks,
      y: attended,
      window,
      by: variants.attention,
    }),
    matmul(gpu, {
      step,
      x: attended,
      weight: weights.oProj,
      bias: weights.oProjBias,
      y: x,
      accumulate: true,
      tile,
    }),

    rmsNorm(gpu, { x, weight: weights.postAttentionNorm, y: normed, epsilon }),
    matmul(gpu, {
      step,
      x: normed,
      weight: weights.router,
      bias: weights.routerBias,
      y: routerLogits,
      tile,
    }),
    topK(gpu, { step, logits: routerLogits, expertIds, expertWeights }),
    expertSort(gpu, { step, expertIds, experts, order, tiles, tile: variants.expertTile }),
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
  const { gpu, config, step, rotations, activations, variants } = parts
  const { x, normed, qkv, attended, partials, routerLogits, expertIds, expertWeights, activated } =
    activations
  const { rmsNormEps: epsilon, swigluLimit, numLocalExperts: experts } = config
  const denseTeams = teamsOf(variants.denseTeams)
  const expertTeams = teamsOf(variants.expertTeams)
  return [
    ...weights.qkv.map((segment) =>
      rmsNormMatvec(gpu, {
        step,
        x,
        norm: weights.inputNorm,
        epsilon,
        ...segment,
        bias: weights.qkvBias,
        y: qkv,
        teams: denseTeams,
      }),
    ),
    ropeAttention(gpu, {
      step,
      rotations,
      qkv,
      ...cache,
      sinks: weights.sinks,
      y: attended,
      partials,
      window,
      by: variants.decodeAttention,
    }),
    ...(window === 0 ? [attentionMerge(gpu, { step, partials, y: attended })] : []),
    matvec(gpu, {
      step,
      x: attended,
      weight: weights.oProj,
      bias: weights.oProjBias,
      y: x,
      teams: denseTeams,
    }),

    rmsNormMatvec(gpu, {
      step,
      x,
      norm: weights.postAttentionNorm,
      epsilon,
      normed,
      weight: weights.router,
      bias: weights.routerBias,
      y: routerLogits,
      teams: denseTeams,
    }),
    ...weights.gateUp.map((weight) =>
      topKMoeMatvecMxfp4Swiglu(gpu, {
        step,
        logits: routerLogits,
        x: normed,
        weight,
        y: activated,
        expertIds,
        expertWeights,
        swigluLimit,
        teams: expertTeams,
      }),
    ),
    ...weights.down.map((weight) =>
      moeMatvecMxfp4Sum(gpu, {
        step,
        expertIds,
        expertWeights,
        experts,
        x: activated,
        weight,
        y: x,
        teams: expertTeams,
      }),
    ),
  ]
}
