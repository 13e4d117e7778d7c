import { EngineError } from '../errors'
import type { Gpu } from '../gpu/device'
import { allocate, type Dtype, type Tensor } from '../gpu/tensor'
import { inFileOrder, type TensorPlaces } from '../weights/tensor-table'
import { type MemoryPlan, outOfMemory } from './memory-plan'
import { isPlannedTensor, type Planned, type PlannedTensor, plannedTensors } from './planned'

/** The buffers of a plan, zero-filled, which come to be one after another. */
export interface Allocation {
  /**
   * Resolves when every buffer of a planned structure is there.
   * @throws EngineError `device-out-of-memory`, also where it was a buffer before these; Error once
   *   the allocation is destroyed
   */
  ready(planned: object): Promise<void>
  /** The buffer of one planned tensor, which is there. */
  tensor<D extends Dtype>(planned: PlannedTensor<D>): Tensor<D>
  /** A planned structure with its buffers in place, which are there. */
  resolve<T>(planned: Planned<T>): T
  /**
   * What `make` returns, which gets a planned structure as soon as its buffers are there and may create small
   * ones of its own.
   * @throws EngineError `device-out-of-memory`, what `ready` throws
   */
  bind<T, U>(planned: Planned<T>, make: (structure: T) => U): Promise<U>
  /** Weights that are here go first: further buffers wait for `copy`, at most as long as the last ones took. */
  letPass(copy: Promise<void>): Promise<void>
  destroy(): void
}

/**
 * Asked for at once, unless one buffer takes more. Where memory has to be found first, the GPU does
 * nothing else until it is, and a hundred small buffers should not wait for as many answers.
 */
const BATCH_BYTES = 32 * 1024 * 1024

/**
 * Allocates all of a plan, what every layer needs first, then the weights in the order in which their files are read,
 * and in whatever time copying them leaves: the next weights are read while the GPU finds room, for which a device
 * may take a minute in all.
 */
export function allocatePlan(gpu: Gpu, plan: MemoryPlan, tensors: TensorPlaces): Allocation {
  const allocated = new Map<PlannedTensor, Tensor>()
  const copies = new Set<Promise<void>>()
  let isDestroyed = false
  /** How long the last batch took. */
  let batchMs = 0

  /**
   * Resolves when no weights have come for a moment, within which a reader that has more goes on; at the latest when
   * they have had as much time as the batch before, or a fast reader would leave all of the compilation to the end.
   */
  async function untilQuiet() {
    let isLate = false
    const late = wait(batchMs).then(() => {
      isLate = true
    })
    do {
      await Promise.race([Promise.allSettled(copies), late])
      await wait(0)
    } while (copies.size > 0 && !isLate)
  }

  function throwIfDestroyed() {
    if (isDestroyed) throw new Error('the buffers are not wanted any more')
  }
  function allocateBatch(batch: readonly PlannedTensor[]) {
    throwIfDestroyed()
    for (const planned of batch)
      allocated.set(planned, allocate(gpu, planned.dtype, planned.shape, planned.label))
  }
  function free(planned: PlannedTensor) {
    allocated.get(planned)?.buffer.destroy()
    allocated.delete(planned)
  }

  const arrivals = new Map<PlannedTensor, Promise<unknown>>()
  let last: Promise<unknown> = Promise.resolve()
  for (const batch of batchesOf(inOrderOfUse(plan, tensors))) {
    last = last.then(untilQuiet).then(async () => {
      const begunMs = performance.now()
      await withRoom(
        gpu,
        plan,
        () => allocateBatch(batch),
        () => batch.forEach(free),
      )
      batchMs = performance.now() - begunMs
    })
    // Whoever waits for one of them hears of a failure.
    last.catch(() => {})
    for (const planned of batch) arrivals.set(planned, last)
  }

  const tensor = <D extends Dtype>(planned: PlannedTensor<D>) => {
    const found = allocated.get(planned)
    if (!found) throw new Error(`${planned.label} was not allocated`)
    return found as Tensor<D>
  }
  const resolve = (planned: unknown): unknown => {
    if (typeof planned !== 'object' || planned === null) return planned
    if (isPlannedTensor(planned)) return tensor(planned)
    if (Array.isArray(planned)) return planned.map(resolve)
    return Object.fromEntries(Object.entries(planned).map(([key, part]) => [key, resolve(part)]))
  }
  async function ready(planned: object) {
    await Promise.all(plannedTensors(planned).map((tensor) => arrivals.get(tensor)))
    throwIfDestroyed()
  }
  return {
    ready,
    tensor,
    resolve: <T>(planned: Planned<T>) => resolve(planned) as T,
    async bind<T, U>(planned: Planned<T>, make: (structure: T) => U) {
      await ready(planned as object)
      return withRoom(gpu, plan, () => make(resolve(planned) as T))
    },
    async letPass(copy) {
      copies.add(copy)
      try {
        await copy
      } finally {
        copies.delete(copy)
      }
    },
    destroy() {
      isDestroyed = true
      for (const planned of [...allocated.keys()]) free(planned)
    },
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Buffers that hold no weights, which every layer needs; then the others, by where the first of these lie in the files. */
function inOrderOfUse(plan: MemoryPlan, tensors: TensorPlaces): PlannedTensor[] {
  const { activations, rotations, cache, placements } = plan
  const weights = placements
    .map(({ tensor, target }) => ({ ...tensors.get(tensor), target }))
    .sort(inFileOrder)
    .flatMap(({ target }) => plannedTensors(target))
  return [...new Set([...plannedTensors([activations, rotations, cache]), ...weights])]
}

function batchesOf(tensors: readonly PlannedTensor[]): PlannedTensor[][] {
  const batches: PlannedTensor[][] = []
  let room = 0
  for (const tensor of tensors) {
    if (tensor.byteLength > room) {
      batches.push([])
      room = BATCH_BYTES
    }
    batches.at(-1)?.push(tensor)
    room -= tensor.byteLength
  }
  return batches
}

/**
 * What `allocate` returns, once it is known that the device had room for it: a buffer that it had no
 * room for must not be touched, every command that names it is refused.
 * @param destroy gets what was allocated, where there was no room for all of it
 * @throws EngineError `device-out-of-memory`
 */
export async function withRoom<T>(
  gpu: Gpu,
  plan: MemoryPlan,
  allocate: () => T,
  destroy: (allocated: T) => void = () => {},
): Promise<T> {
  gpu.device.pushErrorScope('out-of-memory')
  let allocated: T
  try {
    allocated = allocate()
  } catch (error) {
    await gpu.device.popErrorScope().catch(() => {})
    throw error
  }
  if ((await orOutOfMemory(gpu.settle(gpu.device.popErrorScope()), plan)) === null) return allocated
  destroy(allocated)
  throw outOfMemory(plan)
}

/**
 * What `work` resolves to; a device that is lost meanwhile has, as a rule, run out of memory, and
 * counts as that.
 */
export async function orOutOfMemory<T>(work: Promise<T>, plan: MemoryPlan): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof EngineError && error.data.code === 'device-lost'
      ? outOfMemory(plan)
      : error
  }
}
