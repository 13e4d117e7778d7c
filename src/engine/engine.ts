import type {
  AssessRequest,
  Engine,
  LoadProgress,
  LoadRequest,
  ModelInfo,
  ProgressOptions,
  StoredModelSummary,
} from './api'
import { EngineError } from './errors'
import { createGenerator } from './generate/generate'
import { type Gpu, openGpu } from './gpu/device'
import { stopTokenIds } from './harmony/tokens'
import { type MemoryEvidence, reportMemory } from './memory-report'
import { parseConfig } from './model/config'
import { loadModel } from './model/load'
import { bytesByFamily, checkTensors, parameterCount } from './model/weights'
import { answer, type ChatModel } from './openai/answer'
import { createTokenizer } from './tokenizer/tokenizer'
import { type Checkpoint, openCheckpoint } from './weights/checkpoint'
import { downloadCheckpoint } from './weights/download'
import { createFileSource } from './weights/file-source'
import { createHttpSource } from './weights/http-source'
import type { Locks } from './weights/locks'
import type { ShardStore } from './weights/shard-store'

/** What differs by place, and is handed in. */
export interface EngineEnvironment {
  /** `navigator.gpu`, or Dawn's in Node; undefined where there is none. */
  gpu: GPU | undefined
  fetch: typeof globalThis.fetch
  openStore: () => Promise<ShardStore>
  /** `navigator.storage`; undefined where the browser keeps nothing. */
  storage?: Pick<StorageManager, 'estimate' | 'persisted'> | undefined
  /** `navigator.storage.persist`, which only a page has. */
  persist?: (() => Promise<boolean>) | undefined
  /** `navigator.locks`: keeps two tabs from downloading the same model; undefined where alone. */
  locks?: Locks | undefined
}

/** Context that is allocated unless a request says otherwise; the model's own maximum is large. */
const defaultContextTokens = 8192

/** What a loaded checkpoint and a device make together. */
interface Running extends ChatModel {
  gpu: Gpu
  info: ModelInfo
}

type LoadOptions = ProgressOptions<LoadProgress>

/** Wires the stations together: files, storage, GPU, tokens, messages. */
export function createEngine(environment: EngineEnvironment): Engine {
  const { gpu: webgpu, fetch, openStore, storage, locks } = environment
  let running: Running | undefined
  const evidence: MemoryEvidence = { grantedBytes: 0, refusedBytes: Number.POSITIVE_INFINITY }
  /** Settles when whoever uses the GPU is done with it; each user waits for the one before. */
  let turn: Promise<unknown> = Promise.resolve()

  /** Waits until the GPU is free, and keeps it until the returned function is called. */
  async function takeTurn(): Promise<() => void> {
    const previous = turn
    let release = () => {}
    turn = new Promise<void>((resolve) => {
      release = resolve
    })
    await previous
    return release
  }

  function unload() {
    running?.gpu.device.destroy()
    running = undefined
  }

  async function start(request: LoadRequest, options: LoadOptions): Promise<Running> {
    const { signal, onProgress } = options
    const gpu = await openGpu(webgpu)
    try {
      const progress = createProgress(onProgress)
      const files = await openFiles(request, { signal, onProgress: progress.merge })
      const { config, tokenizer } = readModel(files.checkpoint)
      const contextTokens = contextOf(request, config.maxPositionEmbeddings)
      const model = await loadModel(gpu, config, files.checkpoint.tensors, {
        contextTokens,
        signal,
        onProgress: (done, total) => progress.merge({ upload: { done, total } }),
      })
      const generator = await createGenerator(
        gpu,
        model.forward,
        tokenizer.tokenCount,
        (done, total) => progress.merge({ compile: { done, total } }),
      )
      const { vendor, architecture, description } = gpu.adapter
      return {
        gpu,
        model: request.model,
        tokenizer,
        generator,
        info: {
          model: request.model,
          format: 'safetensors',
          config,
          parameterCount: parameterCount(config),
          weightBytes: Object.values(bytesByFamily(config)).reduce((a, b) => a + b, 0),
          contextTokens,
          adapter: { vendor, architecture, description, ...gpu.features },
          fromStorage: files.fromStorage,
          isStored: files.isStored,
        },
      }
    } catch (error) {
      gpu.device.destroy()
      throw error
    }
  }

  /**
   * The files that were handed in, or those in storage, downloaded before if need be; where nothing
   * can be kept, those on the server.
   */
  async function openFiles(
    { model, files }: LoadRequest,
    { signal, onProgress }: ProgressOptions<Partial<LoadProgress>>,
  ) {
    if (files) {
      const checkpoint = await openCheckpoint(createFileSource(files), { signal })
      return { checkpoint, fromStorage: false, isStored: false }
    }
    const source = createHttpSource(model, fetch)
    try {
      const { checkpoint, fromStorage } = await downloadCheckpoint({
        source,
        store: await openStore(),
        model,
        validate: (checkpoint) => void readModel(checkpoint),
        onProgress,
        signal,
        locks,
      })
      return { checkpoint, fromStorage, isStored: true }
    } catch (error) {
      if (!(error instanceof EngineError) || error.data.code !== 'storage-refused') throw error
      const checkpoint = await openCheckpoint(source, { signal })
      return { checkpoint, fromStorage: false, isStored: false }
    }
  }

  async function assess({ config: json, ...request }: AssessRequest) {
    const config = parseConfig(json)
    const gpu = await openGpu(webgpu)
    gpu.device.destroy()
    return reportMemory(config, contextOf(request, config.maxPositionEmbeddings), gpu, evidence)
  }

  async function listModels(): Promise<StoredModelSummary[]> {
    return (await (await openStore()).list()).map(
      ({ model, storedBytes, totalBytes, completedAt }) => ({
        model,
        format: 'safetensors',
        storedBytes,
        totalBytes,
        completedAt,
      }),
    )
  }

  return {
    async load(request, options = {}) {
      const release = await takeTurn()
      try {
        unload()
        const started = await start(request, options)
        running = started
        started.gpu.lost.then(() => {
          if (running === started) running = undefined
        })
        return started.info
      } finally {
        release()
      }
    },

    async download({ model }, { onProgress, signal } = {}) {
      const { merge } = createProgress(onProgress)
      await openFiles({ model }, { onProgress: merge, signal })
      return (await listModels()).find((stored) => stored.model === model) as StoredModelSummary
    },

    async inspect({ model, files, ...request }, { signal } = {}) {
      const source = files ? createFileSource(files) : createHttpSource(model, fetch)
      const checkpoint = await openCheckpoint(source, { signal })
      const { config } = readModel(checkpoint)
      return {
        model,
        format: 'safetensors',
        config,
        parameterCount: parameterCount(config),
        files: checkpoint.files,
        totalBytes: checkpoint.files.reduce((sum, { byteLength }) => sum + byteLength, 0),
        memory: await assess({ config: checkpoint.config, ...request }),
      }
    },

    assess,

    async checkDevice({ config, ...request } = {}) {
      const { adapter, features, limits, device } = await openGpu(webgpu)
      device.destroy()
      const { vendor, architecture, description } = adapter
      const report = { adapter: { vendor, architecture, description, ...features }, limits }
      if (config === undefined) return report
      const memory = await assess({ config, ...request })
      return { ...report, probe: { neededBytes: memory.totalBytes, grantedBytes: 0, memory } }
    },

    async *chat(request, { signal } = {}) {
      const release = await takeTurn()
      try {
        if (!running) throw new EngineError({ code: 'model-not-loaded' })
        yield* answer(running, request, signal)
      } finally {
        release()
      }
    },

    async storage() {
      if (!storage) {
        throw new EngineError({ code: 'storage-refused', detail: 'this place has no storage' })
      }
      const [{ usage = 0, quota = 0 }, isPersistent] = await Promise.all([
        storage.estimate(),
        storage.persisted(),
      ])
      return { usedBytes: usage, quotaBytes: quota, isPersistent }
    },

    async persist() {
      return (await environment.persist?.()) ?? false
    },

    listModels,

    async verify({ model }, options) {
      const store = await openStore()
      const stored = await store.find(model)
      const { damaged, unhashed } = await store.verify(model, options)
      const stretch = ({ file, piece }: { file: string; piece: number }) => {
        const byteOffset = piece * (stored?.pieceBytes ?? 0)
        const end = stored?.files.find(({ name }) => name === file)?.byteLength ?? 0
        return { file, byteOffset, byteLength: Math.min(stored?.pieceBytes ?? 0, end - byteOffset) }
      }
      return {
        verifiedBytes: stored?.storedBytes ?? 0,
        damaged: damaged.map(stretch),
        unhashedBytes: unhashed.map(stretch).reduce((sum, { byteLength }) => sum + byteLength, 0),
      }
    },

    async deleteWeights(model) {
      return (await openStore()).delete(model)
    },
  }
}

/** Gathers what the phases of a load report. */
function createProgress(onProgress: LoadOptions['onProgress']) {
  const nothing = { done: 0, total: 0 }
  let progress: LoadProgress = {
    download: nothing,
    verify: nothing,
    upload: nothing,
    compile: nothing,
  }
  return {
    merge(part: Partial<LoadProgress>) {
      progress = { ...progress, ...part }
      onProgress?.(progress)
    },
  }
}

/** @throws EngineError `request-invalid` */
function contextOf(
  { contextTokens = defaultContextTokens }: { contextTokens?: number },
  maximum: number,
) {
  if (Number.isInteger(contextTokens) && contextTokens >= 1) return Math.min(contextTokens, maximum)
  const problem = `contextTokens is ${contextTokens}; it must be a whole number of at least 1`
  throw new EngineError({ code: 'request-invalid', problem })
}

/**
 * What a checkpoint's small files say, checked against the headers of its shards.
 * @throws EngineError `file-missing`, `file-invalid`, `model-unsupported`
 */
function readModel({ config: json, tokenizer: tokenizerJson, tensors }: Checkpoint) {
  const config = parseConfig(json)
  checkTensors(config, tensors)
  if (tokenizerJson === undefined)
    throw new EngineError({ code: 'file-missing', file: 'tokenizer.json', neededBy: 'the chat' })
  const tokenizer = createTokenizer(tokenizerJson)
  stopTokenIds(tokenizer)
  return { config, tokenizer }
}
