import type { MemoryReport, Verdict } from './api'
import type { EngineErrorData } from './errors'
import type { ModelConfig } from './model/config'
import {
  type DeviceTraits,
  largestContext,
  type MemoryPlan,
  outOfMemory,
  planMemory,
  plannedBuffers,
} from './model/memory-plan'
import type { TensorTypes } from './model/weights'

/** A model as far as its memory goes. */
export interface PlannedModel {
  config: ModelConfig
  tensors: TensorTypes
  contextTokens: number
}

/** What is known of a device's memory, since WebGPU does not tell how much there is. */
export interface MemoryEvidence {
  /** Most bytes that were allocated at a time. */
  grantedBytes: number
  /** Fewest bytes of which some were refused; Infinity where none ever were. */
  refusedBytes: number
}

/** What a device is known to hold: all that anyone could ask for, until it has refused some. */
export const knownBytes = ({ grantedBytes, refusedBytes }: MemoryEvidence) =>
  refusedBytes === Number.POSITIVE_INFINITY ? refusedBytes : grantedBytes

/** A shorter context than this is not offered in place of one that does not fit. */
const SHORTEST_CONTEXT = 1024

/** What a model takes on a device, and whether it fits, as far as anyone can know. */
export function reportMemory(
  model: PlannedModel,
  device: DeviceTraits,
  evidence: MemoryEvidence,
): MemoryReport {
  const plan = planMemory(model.config, model.tensors, device, {
    ...model,
    withinBytes: knownBytes(evidence),
  })
  return describe(plan, verdictOf(model, plan, device, evidence))
}

/** The report on a machine without a usable GPU: what the model takes where there is one. */
export function reportWithoutDevice(model: PlannedModel, cause: EngineErrorData): MemoryReport {
  const plan = planMemory(model.config, model.tensors, smallestDevice, model)
  return describe(plan, { fit: 'will-not-fit', neededBytes: plan.totalBytes, cause })
}

/** Limits that every device with WebGPU has (WebGPU section 3.6.2). */
const smallestDevice: DeviceTraits = {
  limits: { maxBufferSize: 256 * 2 ** 20, maxStorageBufferBindingSize: 128 * 2 ** 20 },
}

function describe(plan: MemoryPlan, verdict: Verdict): MemoryReport {
  const { contextTokens, weightBytes, kvCacheBytes, scratchBytes, totalBytes } = plan
  const buffers = plannedBuffers(plan)
  return {
    contextTokens,
    weightBytes,
    kvCacheBytes,
    scratchBytes,
    totalBytes,
    bufferCount: buffers.length,
    largestBufferBytes: buffers.reduce((most, { byteLength }) => Math.max(most, byteLength), 0),
    verdict,
  }
}

function verdictOf(
  { config, tensors }: PlannedModel,
  plan: MemoryPlan,
  device: DeviceTraits,
  evidence: MemoryEvidence,
): Verdict {
  const cause = refusal(plan, evidence.refusedBytes)
  if (cause === undefined) {
    return plan.totalBytes <= evidence.grantedBytes ? { fit: 'fits' } : { fit: 'unknown' }
  }
  const longest =
    plan.excess?.largestContextTokens === 0
      ? 0
      : largestContext(config, tensors, device, knownBytes(evidence))
  const contextTokens = longest - (longest % SHORTEST_CONTEXT)
  return contextTokens >= SHORTEST_CONTEXT
    ? { fit: 'fits-with-context', contextTokens }
    : { fit: 'will-not-fit', neededBytes: plan.totalBytes, cause }
}

/** Why a plan cannot be carried out; undefined where nothing is known to forbid it. */
function refusal(plan: MemoryPlan, refusedBytes: number): EngineErrorData | undefined {
  if (plan.excess) return { code: 'limit-exceeded', ...plan.excess }
  return plan.totalBytes >= refusedBytes ? outOfMemory(plan).data : undefined
}
