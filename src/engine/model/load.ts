import { EngineError } from '../errors'
import type { Gpu } from '../gpu/device'
import type { KernelVariants } from '../kernels/variants'
import { inFileOrder, type TensorTable } from '../weights/tensor-table'
import { allocatePlan, orOutOfMemory, withRoom } from './allocation'
import type { ModelConfig } from './config'
import { createForward, type Forward } from './forward'
import { type MemoryPlan, type MemorySizes, planMemory } from './memory-plan'
import { createUploader, type Uploader } from './upload'

/** A checkpoint on the GPU, its dispatches bound. */
export interface LoadedModel {
  readonly plan: MemoryPlan
  readonly forward: Forward
  /** Frees all its GPU memory. */
  destroy(): void
}

/**
 * A model on its way to the GPU: its buffers are being allocated, its weights may come, and each layer's
 * dispatches are bound once its buffers are there.
 */
export interface OpeningModel extends Pick<Uploader, 'accept'> {
  readonly plan: MemoryPlan
  /**
   * Once all memory is there; the pipelines of its dispatches compile while `accept` is fed.
   * Rejects with EngineError `device-out-of-memory`.
   */
  readonly forward: Promise<Forward>
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
 * Begins to allocate all that a model needs on the GPU. The tensors have been checked against the
 * config (`checkTensors`).
 *
 * A device that goes away while memory is being filled counts as `device-out-of-memory` here.
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

  const allocation = allocatePlan(gpu, plan, tensors)
  let uploader: Uploader
  try {
    uploader = await withRoom(
      gpu,
      plan,
      () => createUploader(gpu, plan, allocation, tensors, onProgress),
      (refused) => refused.destroy(),
    )
  } catch (error) {
    allocation.destroy()
    throw error
  }
  const forward = createForward(gpu, config, plan, allocation, variants)
  // Whoever awaits it, or the end of the upload, hears of a failure.
  forward.catch(() => {})
  const destroy = () => {
    uploader.destroy()
    allocation.destroy()
    forward.then((bound) => bound.destroy()).catch(() => {})
  }
  return {
    plan,
    forward,
    accept: (...stretch) => orOutOfMemory(uploader.accept(...stretch), plan),
    async finish() {
      await orOutOfMemory(uploader.finish(), plan)
      return { plan, forward: await forward, destroy }
    },
    destroy,
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
    const entries = Array.from(tensors.names(), (name) => tensors.get(name)).sort(inFileOrder)
    for (const { name, file, byteOffset } of entries) {
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
