import type { EngineErrorData } from './errors'
import type { ModelConfig } from './model/config'
import type { ChatChunk, ChatRequest } from './openai/types'

/** Which checkpoint to load, and how much context to make room for. */
export interface LoadRequest {
  /** Base URL of a checkpoint in the Hugging Face layout; its files are resolved against it. */
  model: string
  /** Positions the KV cache holds. Default: the model's maximum, at most 8192. */
  contextTokens?: number
}

export interface LoadProgress {
  /** `download` and `upload` count bytes, `compile` counts pipelines. */
  phase: 'download' | 'upload' | 'compile'
  done: number
  total: number
}

export interface AdapterSummary {
  vendor: string
  architecture: string
  description: string
  f16: boolean
  subgroups: boolean
}

export interface ModelInfo {
  /** The base URL it was loaded from. */
  model: string
  config: ModelConfig
  parameterCount: number
  weightBytes: number
  contextTokens: number
  adapter: AdapterSummary
  /** True when every byte was in storage already and no request was made. */
  fromStorage: boolean
  /**
   * Why the files could not be kept (`storage-refused`, `storage-full`): the model works, and the
   * next visit downloads it again. Absent when they are kept.
   */
  storageFailure?: EngineErrorData
}

/** The whole engine, the same in a page (through worker/client.ts), a Worker and Node. */
export interface Engine {
  /** Downloads what is missing, uploads to the GPU, compiles; replaces a model loaded before. */
  load(
    request: LoadRequest,
    options?: { onProgress?: (progress: LoadProgress) => void; signal?: AbortSignal },
  ): Promise<ModelInfo>
  /** Streams one assistant turn. An aborted signal ends it with finish_reason `cancelled`. */
  chat(request: ChatRequest, options?: { signal?: AbortSignal }): AsyncIterable<ChatChunk>
  /** Removes a model's files from storage; a loaded model goes on working until the page closes. */
  deleteWeights(model: string): Promise<{ freedBytes: number }>
}
