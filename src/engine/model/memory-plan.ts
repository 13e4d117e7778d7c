import { EngineError } from '../errors'
import type { Tensor } from '../gpu/tensor'
import { denseShape } from '../kernels/dense-weight'
import { leastWorkgroupRows } from '../kernels/team'
import { type Activations, planActivations } from './activations'
import type { ModelConfig } from './config'
import { type KvCache, planKvCache } from './kv-cache'
import { type Planned, type PlannedTensor, plannedTensors, planTensor } from './planned'
import { planStaging, type Staging } from './staging-ring'
import { type ModelWeights, type Placement, planWeights } from './weight-plan'
import type { TensorTypes } from './weights'

/** What of a device decides how a model is laid out on it; a `Gpu` has it. */
export interface DeviceTraits {
  limits: { maxBufferSize: number; maxStorageBufferBindingSize: number }
}

export interface MemorySizes {
  /** Positions that the KV cache holds. */
  contextTokens: number
  /** Tokens prefilled at a time, at most; left out, as many as there is cheap room for. */
  chunkTokens?: number | undefined
  /** What the device is known to hold: chunks are shortened before a plan takes more. */
  withinBytes?: number | undefined
}

/**
 * Tokens that prefill may have at a time, the most first. The more there are, the fewer times each expert's
 * weights are read; the fewest still give every expert several, and suit every device's memory.
 */
const longChunks = [1024, 512]
const shortestChunk = 256

/**
 * What a longer chunk may take beyond the shortest, as a share of the weights: activations and the sliding
 * layers' rings grow with it. gpt-oss-20b takes 1 % of its weights more for 1024 tokens, a model of a few
 * layers would take a multiple of them.
 */
const chunkShare = 1 / 64

/** A buffer that cannot be as large as it must be, nor be cut up. */
export interface LimitExcess {
  limit: 'maxBufferSize' | 'maxStorageBufferBindingSize'
  /** Bytes of the buffer. */
  needed: number
  /** Bytes that the device allows. */
  offered: number
  /** The buffer's label. */
  purpose: string
  /** The longest context with which every buffer is small enough; 0 where none is that short. */
  largestContextTokens: number
}

/**
 * Every buffer that a loaded model consists of, but for a few of some KB: what it is called, how
 * large it is, and which part of which tensor it holds. What is allocated follows this plan and
 * nothing else.
 */
export interface MemoryPlan {
  readonly contextTokens: number
  readonly chunkTokens: number
  readonly weights: Planned<ModelWeights>
  /** How the checkpoint's tensors get into `weights`. */
  readonly placements: readonly Placement[]
  readonly cache: Planned<KvCache>
  readonly rotations: Planned<Tensor<'f32'>> // [contextTokens, headDim / 2, 2]: the rope table
  readonly activations: Planned<Activations>
  /** Needed only while the weights are uploaded. */
  readonly staging: Staging
  readonly weightBytes: number
  readonly kvCacheBytes: number
  /** Activations, rope table and staging. */
  readonly scratchBytes: number
  readonly totalBytes: number
  /** Undefined where every buffer is within the device's limits. */
  readonly excess: LimitExcess | undefined
}

/**
 * Plans a model's memory: arithmetic alone, no device is asked.
 * @param tensors the checkpoint's, as `checkTensors` accepts them, or `expectedTensors(config)`
 */
export function planMemory(
  config: ModelConfig,
  tensors: TensorTypes,
  device: DeviceTraits,
  sizes: MemorySizes,
): MemoryPlan {
  const planFor = planner(config, tensors, device)
  const plan = planFor(sizes)
  const excess = findExcess(plan, device)
  if (!excess) return { ...plan, excess }
  const largestContextTokens = largestWhere(
    config,
    (contextTokens) => findExcess(planFor({ ...sizes, contextTokens }), device) === undefined,
  )
  return { ...plan, excess: { ...excess, largestContextTokens } }
}

/**
 * The longest context, up to the model's maximum, that takes no more than `bytes` in all and keeps
 * every buffer within the device's limits; 0 where there is none. Chunks are shortened for its sake.
 */
export function largestContext(
  config: ModelConfig,
  tensors: TensorTypes,
  device: DeviceTraits,
  bytes: number,
): number {
  const planFor = planner(config, tensors, device)
  return largestWhere(config, (contextTokens) => {
    const plan = planFor({ contextTokens, withinBytes: bytes })
    return plan.totalBytes <= bytes && findExcess(plan, device) === undefined
  })
}

/** Every tensor of a plan. Staging, which kernels do not see, is not among them. */
export const plannedBuffers = ({
  weights,
  cache,
  rotations,
  activations,
}: Omit<MemoryPlan, 'excess'>): PlannedTensor[] =>
  plannedTensors([weights, cache, rotations, activations])

/** What is thrown where the device has no room for a plan. */
export function outOfMemory(plan: Omit<MemoryPlan, 'excess'>): EngineError {
  const { contextTokens, weightBytes, kvCacheBytes, scratchBytes, totalBytes } = plan
  return new EngineError({
    code: 'device-out-of-memory',
    contextTokens,
    weightBytes,
    kvCacheBytes,
    scratchBytes,
    totalBytes,
  })
}

/** A buffer of a plan, and the parts of checkpoint tensors that it holds; none where kernels fill it. */
export interface BufferContents {
  buffer: PlannedTensor
  holds: readonly Pick<Placement, 'tensor' | 'first' | 'count'>[]
}

/** What lies where: for people to read. */
export function bufferContents(plan: Omit<MemoryPlan, 'excess'>): BufferContents[] {
  const holds = new Map<PlannedTensor, Placement[]>()
  for (const placement of plan.placements) {
    for (const buffer of plannedTensors(placement.target)) {
      holds.set(buffer, [...(holds.get(buffer) ?? []), placement])
    }
  }
  return plannedBuffers(plan).map((buffer) => ({ buffer, holds: holds.get(buffer) ?? [] }))
}

/** Plans for any sizes, since the weights are the same in all of them. */
function planner(
  config: ModelConfig,
  tensors: TensorTypes,
  device: DeviceTraits,
): (sizes: MemorySizes) => Omit<MemoryPlan, 'excess'> {
  const { limits } = device
  const bindableBytes = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize)
  const { weights, placements } = planWeights(config, tensors, bindableBytes)
  const weightBytes = bytesOf(weights)
  const candidates = weights.head.reduce(
    (sum, { weight }) => sum + Math.ceil(denseShape(weight).rows / leastWorkgroupRows),
    0,
  )
  const staging = planStaging(placements, weightBytes, bindableBytes)
  const planFor = (contextTokens: number, chunkTokens: number): Omit<MemoryPlan, 'excess'> => {
    const chunk = Math.min(chunkTokens, contextTokens)
    const cache = planKvCache(config, contextTokens, chunk)
    const rotations = planTensor('f32', [contextTokens, config.headDim / 2, 2], 'rope table')
    const activations = planActivations(config, { contextTokens, chunk, candidates })
    const kvCacheBytes = bytesOf(cache)
    const scratchBytes = bytesOf([rotations, activations]) + staging.totalBytes
    return {
      contextTokens,
      chunkTokens: chunk,
      weights,
      placements,
      cache,
      rotations,
      activations,
      staging,
      weightBytes,
      kvCacheBytes,
      scratchBytes,
      totalBytes: weightBytes + kvCacheBytes + scratchBytes,
    }
  }
  return ({ contextTokens, chunkTokens, withinBytes = Number.POSITIVE_INFINITY }) => {
    if (chunkTokens !== undefined) return planFor(contextTokens, chunkTokens)
    const shortest = planFor(contextTokens, shortestChunk)
    const mostBytes = Math.min(withinBytes, shortest.totalBytes + chunkShare * weightBytes)
    for (const size of longChunks) {
      const plan = planFor(contextTokens, size)
      if (plan.totalBytes <= mostBytes && !findExcess(plan, device)) return plan
    }
    return shortest
  }
}

function findExcess(
  plan: Omit<MemoryPlan, 'excess'>,
  { limits }: DeviceTraits,
): Omit<LimitExcess, 'largestContextTokens'> | undefined {
  for (const { byteLength: needed, label: purpose } of plannedBuffers(plan)) {
    for (const limit of ['maxBufferSize', 'maxStorageBufferBindingSize'] as const) {
      const offered = limits[limit]
      if (needed > offered) return { limit, needed, offered, purpose }
    }
  }
  return undefined
}

/** The longest context for which `fits` holds; it holds for all shorter ones, too. */
function largestWhere(
  { maxPositionEmbeddings }: ModelConfig,
  fits: (contextTokens: number) => boolean,
): number {
  let fitting = 0
  let tooLong = maxPositionEmbeddings + 1
  while (tooLong - fitting > 1) {
    const middle = Math.floor((fitting + tooLong) / 2)
    if (fits(middle)) fitting = middle
    else tooLong = middle
  }
  return fitting
}

const bytesOf = (planned: object) =>
  plannedTensors(planned).reduce((sum, { byteLength }) => sum + byteLength, 0)
