import { EngineError } from '../errors'
import type { Gpu } from '../gpu/device'
import type { TensorTable } from '../weights/tensor-table'
import type { ModelConfig } from './config'
import { createForward, type Forward } from './forward'
import { kvCacheBytes } from './kv-cache'
import { destroyWeights, uploadWeights } from './upload'

/** A checkpoint on the GPU, its dispatches bound. */
export interface LoadedModel {
  readonly forward: Forward
  /** Frees all its GPU memory. */
  destroy(): void
}

export interface LoadOptions {
  contextTokens: number
  /** Tokens prefilled at a time. */
  chunkTokens?: number | undefined
  signal?: AbortSignal | undefined
  onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined
}

/** Wide enough that every expert gets several tokens, small enough for every device's memory. */
const defaultChunkTokens = 256

/**
 * Uploads the weights and binds the model; its pipelines may still be compiling then. The tensors
 * have been checked against the config (`checkTensors`).
 * @throws EngineError `limit-exceeded`, `device-out-of-memory`, `device-lost`, what the source throws
 */
export async function loadModel(
  gpu: Gpu,
  config: ModelConfig,
  tensors: TensorTable,
  { contextTokens, chunkTokens = defaultChunkTokens, signal, onProgress }: LoadOptions,
): Promise<LoadedModel> {
  const weights = await uploadWeights(gpu, config, tensors, { signal, onProgress })
  let forward: Forward | undefined
  const destroy = () => {
    forward?.destroy()
    destroyWeights(weights)
  }
  let outOfMemory: GPUError | null = null
  gpu.device.pushErrorScope('out-of-memory')
  try {
    forward = createForward(gpu, config, weights, {
      contextTokens,
      chunkTokens: Math.min(chunkTokens, contextTokens),
    })
  } catch (error) {
    destroy()
    throw error
  } finally {
    outOfMemory = await gpu.device.popErrorScope()
  }
  if (outOfMemory) {
    destroy()
    throw new EngineError({
      code: 'device-out-of-memory',
      purpose: `context of ${contextTokens} tokens`,
      neededBytes: kvCacheBytes(gpu, config, contextTokens),
    })
  }
  return { forward, destroy }
}
