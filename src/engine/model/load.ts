import { EngineError } from '../errors'
import type { Gpu } from '../gpu/device'
import type { KernelVariants } from '../kernels/variants'
import type { TensorTable } from '../weights/tensor-table'
import type { ModelConfig } from './config'
import { createForward, type Forward } from './forward'
import {
  type MemoryPlan,
  type MemorySizes,
  outOfMemory,
  planMemory,
  plannedBuffers,
} from './memory-plan'
import { allocatePlanned } from './planned'
import { createUploader, type Uploader } from './upload'

/** A checkpoint on the GPU, its dispatches bound. */
export interface LoadedModel {
  readonly plan: MemoryPlan
  readonly forward: Forward
  /** Frees all its GPU memory. */
  destroy(): void
}

/**
 * A model whose buffers are allocated and whose dispatches are bound: its pipelines compile while
 * its weights arrive.
 */
export interface OpeningModel extends Pick<Uploader, 'accept'> {
  readonly plan: MemoryPlan
  /** Bound already, so that whoever awaits its pipelines can do so while `accept` is fed. */
  readonly forward: Forward
  /**
   * Waits until every weight is on the GPU; pipelines may still be compiling then.
   * @throws Error where a byte is missing
   * @throws EngineError `device-out-of-memory`
   */
  finish(): Promise<LoadedModel>
  /** Frees all its GPU memory. */
  destroy(): void
}

export interface OpenOptions extends MemorySizes {
  /** Hears of weights that are on their way to the GPU, and of all there will be, in bytes. */
  onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined
  /** Left out: those that devices of this kind do best with. */
  variants?: KernelVariants
}

export interface LoadOptions extends OpenOptions {
  signal?: AbortSignal | undefined
}

/**
 * Allocates all that a model needs on the GPU and binds its dispatches. The tensors have been
 * checked against the config (`checkTensors`).
 *
 * A device that goes away while memory is being filled has, as a rule, run out of it: that counts
 * as `device-out-of-memory` here.
 * @throws EngineError `limit-exceeded`, `device-out-of-memory`
 */
export async function openModel(
  gpu: Gpu,
  config: ModelConfig,
  tensors: TensorTable,
  { onProgress, variants, ...sizes }: OpenOptions,
): Promise<OpeningModel> {
  const plan = planMemory(config, tensors, gpu, sizes)
  if (plan.excess) throw new EngineError({ code: 'limit-exceeded', ...plan.excess })

  const allocation = await withRoom(gpu, plan, () => allocatePlanned(gpu, plannedBuffers(plan)))
  let forward: Forward | undefined
  let uploader: Uploader | undefined
  const destroy = () => {
    uploader?.destroy()
    forward?.destroy()
    allocation.destroy()
  }
  try {
    uploader = await withRoom(gpu, plan, () =>
      createUploader(gpu, plan, allocation, tensors, onProgress),
    )
    forward = await withRoom(gpu, plan, () =>
      createForward(gpu, config, plan, allocation, variants),
    )
  } catch (error) {
    destroy()
    throw error
  }
  const { accept, finish } = uploader
  const model: LoadedModel = { plan, forward, destroy }
  return {
    ...model,
    accept: (...stretch) => orOutOfMemory(accept(...stretch), plan),
    async finish() {
      await orOutOfMemory(finish(), plan)
      return model
    },
  }
}

/**
 * Opens a model and reads its weights from where the table finds them, file by file.
 * @throws EngineError `limit-exceeded`, `device-out-of-memory`, what the source throws
 */
export async function loadModel(
  gpu: Gpu,
  config: ModelConfig,
  tensors: TensorTable,
  { signal, ...options }: LoadOptions,
): Promise<LoadedModel> {
  const model = await openModel(gpu, config, tensors, options)
  try {
    for (const { name, file, byteOffset } of inFileOrder(tensors)) {
      let at = byteOffset
      for await (const bytes of tensors.read(name, { signal })) {
        await model.accept(file, at, bytes)
        at += bytes.length
      }
    }
    return await model.finish()
  } catch (error) {
    model.destroy()
    throw error
  }
}

const inFileOrder = (tensors: TensorTable) =>
  Array.from(tensors.names(), (name) => tensors.get(name)).sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.byteOffset - b.byteOffset,
  )

/**
 * What `allocate` returns, once it is known that the device had room for it: a buffer that it had no
 * room for must not be touched, every command that names it is refused.
 * @throws EngineError `device-out-of-memory`, after what was allocated is destroyed again
 */
async function withRoom<T extends { destroy(): void }>(
  gpu: Gpu,
  plan: MemoryPlan,
  allocate: () => T,
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
  allocated.destroy()
  throw outOfMemory(plan)
}

/** What `work` resolves to; a device that is lost meanwhile counts as out of memory. */
async function orOutOfMemory<T>(work: Promise<T>, plan: MemoryPlan): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof EngineError && error.data.code === 'device-lost'
      ? outOfMemory(plan)
      : error
  }
}
