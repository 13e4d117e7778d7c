import type { EngineErrorData } from './errors'
import type { Measurement, MeasureRequest } from './generate/measure'
import type { ModelConfig } from './model/config'
import type { ChatChunk, ChatRequest } from './openai/types'

/** Which model is meant, and where its bytes come from. */
export interface ModelSource {
  /**
   * Base URL of a checkpoint in the Hugging Face layout, its files are resolved against it, or the
   * URL of a GGUF file; `parseModelAddress` makes one of what a person types. It is the model's
   * name in storage, too.
   */
  model: string
  /** Read these files in place of the URL, which then is but a name; nothing of them is kept. */
  files?: readonly File[]
}

/** Which model to load, and how much context to make room for. */
export interface LoadRequest extends ModelSource {
  /** Positions the KV cache holds. Default: the model's maximum, at most 8192. */
  contextTokens?: number
}

/** How much of something is done; a `total` of 0 says that it is not needed or not known yet. */
export interface Count {
  done: number
  total: number
}

/** Where a download or a load stands. Its phases overlap: pieces are uploaded as they arrive. */
export interface LoadProgress {
  /** Bytes of the model that are here, those of earlier attempts included. */
  download: Count
  /** Bytes whose file was hashed and compared with what the source publishes. */
  verify: Count
  /** Bytes written to the GPU; of a mere download 0 of 0. */
  upload: Count
  /** Pipelines compiled; of a mere download 0 of 0. */
  compile: Count
  /** Why nothing moves at the moment; absent while something does. */
  obstacle?: LoadObstacle
}

export type LoadObstacle =
  /** Another tab is downloading this model; this one goes on when that ends. */
  | { kind: 'other-tab' }
  /** `error` came in the way, and the same is tried again in `retryInMs`. */
  | { kind: 'retry'; error: EngineErrorData; retryInMs: number }

export interface AdapterSummary {
  vendor: string
  architecture: string
  description: string
  /** The processor in place of a GPU, its memory the machine's own. */
  isSoftware: boolean
  subgroups: boolean
}

export type ModelFormat = 'safetensors' | 'gguf'

export interface ModelInfo {
  /** The name it was loaded by. */
  model: string
  format: ModelFormat
  config: ModelConfig
  parameterCount: number
  weightBytes: number
  contextTokens: number
  adapter: AdapterSummary
  /** Which variant of a kernel computes here, where there are several: what was tried, and what won. */
  kernels: Readonly<Record<string, string>>
  /** True when every byte was in storage already and no request was made. */
  fromStorage: boolean
  /** False where the browser keeps nothing for this page: the next visit downloads again. */
  isStored: boolean
  /**
   * One SHA-256 for all of its bytes (weights/weight-hash.ts), by which two devices can tell whether
   * they have the same model; undefined where it was read in place or kept without hashes.
   */
  weightHash: string | undefined
}

/** What a model's small files and headers say, before anything large is read. */
export interface ModelReport {
  /**
   * What the model goes by: what was asked for, or the address of the GGUF, where a hub's repository
   * was asked for that holds one and no other model.
   */
  model: string
  format: ModelFormat
  config: ModelConfig
  parameterCount: number
  /** Every file that a download keeps. */
  files: readonly { name: string; byteLength: number }[]
  /** Their bytes together. */
  totalBytes: number
  /** What its tensors, as they are stored, take on this GPU. */
  memory: MemoryReport
}

/** A model that is known by its config alone. */
export interface AssessRequest {
  /** The config.json of a checkpoint in the Hugging Face layout: untrusted JSON. */
  config: unknown
  /** As in a `LoadRequest`. */
  contextTokens?: number
}

/** What a model takes on the GPU, by its memory plan, and whether this GPU can hold it. */
export interface MemoryReport {
  /** Positions of context that the plan makes room for. */
  contextTokens: number
  weightBytes: number
  kvCacheBytes: number
  /** Activations and staging. */
  scratchBytes: number
  /** All of it. */
  totalBytes: number
  /** Buffers that the plan cuts the model into, and the largest of them. */
  bufferCount: number
  largestBufferBytes: number
  verdict: Verdict
}

/**
 * Whether a model fits. WebGPU never tells how much memory there is: what it does tell are limits
 * for single buffers, and whether an allocation was granted. So a verdict is only as good as what
 * has been tried since the engine started: probing allocations (`checkDevice`) and loads.
 */
export type Verdict =
  /** As much as this has been allocated on this device. */
  | { fit: 'fits' }
  /** The context wanted does not fit; this one does, the largest found. */
  | { fit: 'fits-with-context'; contextTokens: number }
  /**
   * Not on this device, for the reason in `cause`: `webgpu-missing`, `adapter-missing`,
   * `limit-exceeded`, or `device-out-of-memory`, when an allocation was refused.
   */
  | { fit: 'will-not-fit'; neededBytes: number; cause: EngineErrorData }
  /** No limit forbids it, and nobody has tried. */
  | { fit: 'unknown' }

/** What this machine offers. */
export interface DeviceReport {
  adapter: AdapterSummary
  limits: { maxBufferSize: number; maxStorageBufferBindingSize: number }
  /**
   * What the probing allocation showed; absent where no config was given, and on a software adapter:
   * that would take the machine's own memory, and may take all of it.
   */
  probe?: ProbeReport
}

export interface ProbeReport {
  /** What was asked for: all buffers of the plan. */
  neededBytes: number
  /** What the device granted of it; it has been given back. */
  grantedBytes: number
  /** The plan, with a verdict that rests on the probe. */
  memory: MemoryReport
}

/** This site's storage. The figures are the browser's estimates. */
export interface StorageReport {
  usedBytes: number
  /** Used bytes included; a browser may promise more here than the disk has. */
  quotaBytes: number
  /** True once the browser has promised not to clear it by itself. */
  isPersistent: boolean
}

/** A model of which something is in storage. */
export interface StoredModelSummary {
  model: string
  format: ModelFormat
  storedBytes: number
  totalBytes: number
  /** When its last byte came, in milliseconds since 1970; undefined while it is incomplete. */
  completedAt: number | undefined
  /**
   * The commit of the hub whose published SHA-256 each of its weight files has; undefined while it is
   * incomplete, and where nothing was published to compare with.
   */
  publishedCommit: string | undefined
}

/** What became of a stored model's bytes since they arrived. */
export interface VerifyReport {
  verifiedBytes: number
  /**
   * Stretches that had changed or could not be read. They have been dropped: the model is
   * incomplete now, and the next download fetches these and nothing else.
   */
  damaged: readonly { file: string; byteOffset: number; byteLength: number }[]
  /** Bytes that were kept without a hash, of which only presence and length could be checked. */
  unhashedBytes: number
}

export interface ProgressOptions<Progress> {
  onProgress?: ((progress: Progress) => void) | undefined
  signal?: AbortSignal | undefined
}

/** The whole engine, the same in a page (through worker/client.ts), a Worker and Node. */
export interface Engine {
  /**
   * Puts a model on the GPU, in place of the one loaded before: downloads what is missing, uploads
   * bytes as they arrive, compiles meanwhile. A load that fails leaves storage as it is, and no
   * model loaded.
   * @throws EngineError any but `bug`; `device-out-of-memory` with the memory plan's figures
   */
  load(request: LoadRequest, options?: ProgressOptions<LoadProgress>): Promise<ModelInfo>

  /**
   * Brings a model into storage and verifies it; needs no GPU. Several models download side by
   * side, while another is loaded or chats; who asks for a model that is downloading joins in.
   * @throws EngineError what the source and the store throw, `cancelled`
   */
  download(
    request: { model: string },
    options?: ProgressOptions<LoadProgress>,
  ): Promise<StoredModelSummary>

  /**
   * Reads a model's small files and headers and checks all that can be checked by them; keeps nothing.
   * @throws EngineError `file-missing`, `file-invalid`, `model-unsupported` and what the source throws
   */
  inspect(
    request: LoadRequest,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<ModelReport>

  /**
   * What a model with this config.json takes on this GPU, in the precision that OpenAI publishes.
   * Asks no network and allocates nothing.
   * @throws EngineError `file-invalid`, `model-unsupported`, `request-invalid`
   */
  assess(request: AssessRequest): Promise<MemoryReport>

  /**
   * What the GPU offers; with a config, also whether it grants the memory that such a model takes:
   * on a device of its own all of the plan is allocated, and freed at once.
   * @throws EngineError `webgpu-missing`, `adapter-missing`, and as `assess`
   */
  checkDevice(request?: Partial<AssessRequest>): Promise<DeviceReport>

  /** Streams one assistant turn. An aborted signal ends it with finish_reason `cancelled`. */
  chat(request: ChatRequest, options?: { signal?: AbortSignal }): AsyncIterable<ChatChunk>

  /**
   * Counts tokens by the loaded model's tokenizer: of a text as it is, or of the whole prompt that
   * `chat` would make of a request, the system message included. It waits for no answer under way.
   * @throws EngineError `model-not-loaded`, `request-invalid`
   */
  countTokens(input: string | ChatRequest): Promise<number>

  /**
   * The text of each token by the loaded model's tokenizer; of a special one its name, as `<|end|>`.
   * Bytes of a token that are no character by themselves become U+FFFD.
   * @throws EngineError `model-not-loaded`
   */
  tokenTexts(ids: readonly number[]): Promise<string[]>

  /**
   * Times the loaded model on tokens that mean nothing: a prompt after a context, and an answer. What
   * the cache held of a conversation is gone then.
   * @throws EngineError `model-not-loaded`, `request-invalid`, `context-full`, `cancelled`, `device-lost`
   */
  measure(request: MeasureRequest, options?: ProgressOptions<Count>): Promise<Measurement>

  /**
   * Bytes a second at which the loaded model's device copies memory, read and written ones both
   * counted; undefined where it has no room to try it.
   * @throws EngineError `model-not-loaded`, `device-lost`
   */
  measureCopyRate(): Promise<number | undefined>

  /** @throws EngineError `storage-refused` where this place has no storage */
  storage(): Promise<StorageReport>

  /**
   * Asks the browser not to clear this site's storage by itself; true when it has agreed. Only a
   * page can ask, and some browsers pass the question on to the person.
   */
  persist(): Promise<boolean>

  /** Every model of which anything is stored. */
  listModels(): Promise<StoredModelSummary[]>

  /**
   * Hashes a stored model again, and drops what is damaged.
   * @throws EngineError `model-busy` while it is downloading, `storage-refused`, `storage-failed`,
   *   `cancelled`
   */
  verify(request: { model: string }, options?: ProgressOptions<Count>): Promise<VerifyReport>

  /**
   * Removes a model's files from storage; a loaded model goes on working until the page closes.
   * @throws EngineError `model-busy` while it is downloading, here or in another tab
   */
  deleteWeights(model: string): Promise<{ freedBytes: number }>
}
