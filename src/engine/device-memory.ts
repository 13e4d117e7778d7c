import type { AdapterSummary, DeviceReport, MemoryReport } from './api'
import { EngineError } from './errors'
import { type Gpu, openGpu } from './gpu/device'
import { bufferUsage } from './gpu/flags'
import {
  knownBytes,
  type MemoryEvidence,
  type PlannedModel,
  reportMemory,
  reportWithoutDevice,
} from './memory-report'
import { type MemoryPlan, planMemory } from './model/memory-plan'
import { plannedTensors } from './model/planned'
import { createTurns } from './turns'

/** What one engine knows of its GPU's memory: it learns by every allocation, tried or meant. */
export interface DeviceMemory {
  /** What a model takes, and a verdict from what is known so far; nothing is allocated. */
  report(model: PlannedModel): Promise<MemoryReport>
  /**
   * What the GPU offers; with a model, a verdict from allocating all it takes, on a device of its
   * own and only for a moment. What a loaded model holds already counts as granted. A software
   * adapter is not tried: it takes and fills the machine's own memory, more than that has.
   * @throws EngineError `webgpu-missing`, `adapter-missing`
   */
  check(model?: PlannedModel): Promise<DeviceReport>
  /**
   * Begins the allocation of a model that is loaded, which is over when its `forward` settles, and never goes on
   * beside a probe; `begin` is told what the device is known to hold.
   * @throws what `begin` throws
   */
  allocate<T extends Allocating>(begin: (withinBytes: number) => Promise<T>): Promise<T>
  /** What `allocate` got has been given back; `error` says so where memory was the reason. */
  release(error?: unknown): void
}

/** A model whose memory is being allocated; an `OpeningModel` is one. */
export interface Allocating {
  plan: MemoryPlan
  /** Settles when the allocation is over, and is fulfilled where all of the plan was granted. */
  forward: Promise<unknown>
}

export function createDeviceMemory(webgpu: GPU | undefined): DeviceMemory {
  const evidence: MemoryEvidence = { grantedBytes: 0, refusedBytes: Number.POSITIVE_INFINITY }
  const turns = createTurns()
  /** What the model holds that is loaded; another object for each, so that one that was released counts no more. */
  let held = { bytes: 0 }
  /** The adapter's traits; they do not change, so it is asked once. */
  let traits: Promise<Pick<Gpu, 'features' | 'limits' | 'adapter'>> | undefined

  function learnGranted(bytes: number) {
    evidence.grantedBytes = Math.max(evidence.grantedBytes, bytes)
    // Other programs come and go: what is granted now was refused for want of room, not of memory.
    if (evidence.refusedBytes <= bytes) evidence.refusedBytes = Number.POSITIVE_INFINITY
  }
  function learnRefused(bytes: number) {
    evidence.refusedBytes = bytes
    evidence.grantedBytes = Math.min(evidence.grantedBytes, bytes - 1)
  }

  async function openTraits() {
    const { device, features, limits, adapter } = await openGpu(webgpu)
    device.destroy()
    return { features, limits, adapter }
  }
  function findTraits() {
    traits ??= openTraits().catch((error) => {
      traits = undefined
      throw error
    })
    return traits
  }

  return {
    async report(model) {
      try {
        return reportMemory(model, await findTraits(), evidence)
      } catch (error) {
        const isMissing =
          error instanceof EngineError &&
          (error.data.code === 'webgpu-missing' || error.data.code === 'adapter-missing')
        if (!isMissing) throw error
        return reportWithoutDevice(model, error.data)
      }
    },

    async check(model) {
      const device = await findTraits()
      const { limits } = device
      const report = { adapter: adapterSummary(device), limits }
      if (model === undefined || device.adapter.isSoftware) return report

      const withinBytes = knownBytes(evidence)
      const plan = planMemory(model.config, model.tensors, device, { ...model, withinBytes })
      const neededBytes = plan.totalBytes
      // What passes a limit is refused without being tried.
      if (plan.excess) {
        const memory = reportMemory(model, { limits }, evidence)
        return { ...report, probe: { neededBytes, grantedBytes: 0, memory } }
      }
      const grantedBytes = await turns.run(undefined, async () => {
        const wanted = buffersOf(plan, held.bytes)
        const { grantedBytes, refusedBytes } = await probe(webgpu, wanted)
        const total = Math.min(neededBytes, held.bytes + grantedBytes)
        learnGranted(total)
        if (refusedBytes > 0) learnRefused(total + refusedBytes)
        return total
      })
      const memory = reportMemory(model, { limits }, evidence)
      return { ...report, probe: { neededBytes, grantedBytes, memory } }
    },

    async allocate(begin) {
      const endTurn = await turns.take(undefined)
      try {
        const allocating = await begin(knownBytes(evidence))
        const holding = { bytes: 0 }
        held = holding
        const learn = () => {
          holding.bytes = allocating.plan.totalBytes
          learnGranted(holding.bytes)
        }
        allocating.forward.then(learn, () => {}).finally(endTurn)
        return allocating
      } catch (error) {
        endTurn()
        throw error
      }
    },

    release(error) {
      held = { bytes: 0 }
      if (error instanceof EngineError && error.data.code === 'device-out-of-memory') {
        learnRefused(error.data.totalBytes)
      }
    },
  }
}

export function adapterSummary({
  adapter,
  features: { subgroups },
}: Pick<Gpu, 'adapter' | 'features'>): AdapterSummary {
  return { ...adapter, subgroups }
}

/**
 * Lengths of the buffers of a plan in the order in which they are given up last: the cache, which a
 * shorter context makes smaller, at the end. The first `heldBytes` of them are there already.
 */
function buffersOf(plan: MemoryPlan, heldBytes: number): number[] {
  const { weights, activations, rotations, staging, cache } = plan
  const lengths = [
    ...plannedTensors([weights, activations, rotations]).map(({ byteLength }) => byteLength),
    staging.totalBytes,
    ...plannedTensors(cache).map(({ byteLength }) => byteLength),
  ]
  let skippedBytes = 0
  return lengths.filter((byteLength) => {
    skippedBytes += byteLength
    return skippedBytes > heldBytes
  })
}

/**
 * Allocates buffers of these lengths until one is refused, and frees them at once.
 *
 * That they are granted is necessary and not sufficient: drivers that page GPU memory to main
 * memory grant more than fits, and slow down.
 * @returns the bytes granted, and the length of the buffer that was refused, 0 where none was
 */
async function probe(
  webgpu: GPU | undefined,
  byteLengths: readonly number[],
): Promise<{ grantedBytes: number; refusedBytes: number }> {
  const gpu = await openGpu(webgpu)
  const { device } = gpu
  const buffers: GPUBuffer[] = []
  let grantedBytes = 0
  try {
    for (const size of byteLengths) {
      device.pushErrorScope('out-of-memory')
      buffers.push(device.createBuffer({ label: 'probe', size, usage: bufferUsage.storage }))
      // Some drivers refuse by giving up the whole device.
      const isRefused = await gpu.settle(device.popErrorScope()).then(
        (refusal) => refusal !== null,
        () => true,
      )
      if (isRefused) return { grantedBytes, refusedBytes: size }
      grantedBytes += size
    }
    return { grantedBytes, refusedBytes: 0 }
  } finally {
    for (const buffer of buffers) buffer.destroy()
    device.destroy()
  }
}
