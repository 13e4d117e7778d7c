import type { Gpu } from '../gpu/device'
import { compilePipelines } from '../gpu/kernel'
import type { TensorTable } from '../weights/tensor-table'
import type { ModelConfig } from './config'
import { createForward, type Forward } from './forward'
import { destroyWeights, uploadWeights } from './upload'

/** A checkpoint on the GPU, ready to run. */
export interface LoadedModel {
  readonly config: ModelConfig
  readonly forward: Forward
  /** Frees all its GPU memory. */
  destroy(): void
}

export interface LoadOptions {
  contextTokens: number
  /** Tokens prefilled at a time. */
  chunkTokens?: number
  signal?: AbortSignal
  onProgress?: (progress: { phase: 'upload' | 'compile'; done: number; total: number }) => void
}

/** Wide enough that every expert gets several tokens, small enough for every device's memory. */
const defaultChunkTokens = 256

/**
 * Uploads the weights, binds the model and waits until its pipelines are compiled. The tensors have
 * been checked against the config (`checkTensors`).
 * @throws EngineError `limit-exceeded`, `device-out-of-memory`, `device-lost`, what the source throws
 */
export async function loadModel(
  gpu: Gpu,
  config: ModelConfig,
  tensors: TensorTable,
  { contextTokens, chunkTokens = defaultChunkTokens, signal, onProgress }: LoadOptions,
): Promise<LoadedModel> {
  const weights = await uploadWeights(gpu, config, tensors, {
    ...(signal && { signal }),
    onProgress: (done, total) => onProgress?.({ phase: 'upload', done, total }),
  })
  try {
    const forward = createForward(gpu, config, weights, {
      contextTokens,
      chunkTokens: Math.min(chunkTokens, contextTokens),
    })
    await compilePipelines(gpu, (done, total) => onProgress?.({ phase: 'compile', done, total }))
    return {
      config,
      forward,
      destroy() {
        forward.destroy()
        destroyWeights(weights)
      },
    }
  } catch (error) {
    destroyWeights(weights)
    throw error
  }
}
