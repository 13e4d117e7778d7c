import { EngineError } from './errors'
import { createGenerator, type GenerateEnd, type Generator } from './generate/generate'
import { defaultSampling, type Sampling } from './generate/sampler'
import { type Gpu, openGpu } from './gpu/device'
import { renderConversation } from './harmony/render'
import { stopTokenIds } from './harmony/tokens'
import { type ModelConfig, parseConfig } from './model/config'
import { loadModel } from './model/load'
import { bytesByFamily, checkTensors, parameterCount } from './model/weights'
import { ChatCollector, toHarmony } from './openai/chat-completions'
import type { ChatChunk, ChatRequest } from './openai/types'
import { createTokenizer, type Tokenizer } from './tokenizer/tokenizer'
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
  storage?: Pick<StorageManager, 'estimate' | 'persisted'> & Partial<StorageManager> | undefined
  /** `navigator.locks`: keeps two tabs from downloading the same model; undefined where alone. */
  locks?: Locks | undefined
}

/** Context that is allocated unless a request says otherwise; the model's own maximum is large. */
const defaultContextTokens = 8192

/** What a loaded checkpoint and a device make together. */
interface Running {
  gpu: Gpu
  tokenizer: Tokenizer
  generator: Generator
  info: ModelInfo
  destroy(): void
}

/** Wires the stations together: files, storage, GPU, tokens, messages. */
export function createEngine({ gpu: webgpu, fetch, openStore, locks }: EngineEnvironment): Engine {
  let running: Running | undefined
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
    running?.destroy()
    running = undefined
  }

  async function start(request: LoadRequest, options: LoadOptions): Promise<Running> {
    const { signal, onProgress } = options
    const wantedContext = request.contextTokens ?? defaultContextTokens
    checkCount('contextTokens', wantedContext)
    const gpu = await openGpu(webgpu)
    try {
      const files = await openFiles(request, options)
      const { config, tokenizer } = readModel(files.checkpoint)
      const contextTokens = Math.min(wantedContext, config.maxPositionEmbeddings)
      const model = await loadModel(gpu, config, files.checkpoint.tensors, {
        contextTokens,
        signal,
        onProgress: (done, total) => onProgress?.({ phase: 'upload', done, total }),
      })
      const generator = await createGenerator(
        gpu,
        model.forward,
        tokenizer.tokenCount,
        (done, total) => onProgress?.({ phase: 'compile', done, total }),
      )
      const { vendor, architecture, description } = gpu.adapter
      return {
        gpu,
        tokenizer,
        generator,
        info: {
          model: request.model,
          config,
          parameterCount: parameterCount(config),
          weightBytes: Object.values(bytesByFamily(config)).reduce((a, b) => a + b, 0),
          contextTokens,
          adapter: { vendor, architecture, description, ...gpu.features },
          fromStorage: files.fromStorage,
          isStored: files.isStored,
        },
        destroy: () => gpu.device.destroy(),
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
  async function openFiles({ model, files }: LoadRequest, { signal, onProgress }: LoadOptions) {
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
        onProgress: ({ done, total }) => onProgress?.({ phase: 'download', done, total }),
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

    async *chat(request, { signal } = {}) {
      const release = await takeTurn()
      try {
        if (!running) throw new EngineError({ code: 'model-not-loaded' })
        yield* answer(running, request, signal)
      } finally {
        release()
      }
    },

    async deleteWeights(model) {
      return (await openStore()).delete(model)
    },
  }
}

interface LoadOptions {
  onProgress?: ((progress: LoadProgress) => void) | undefined
  signal?: AbortSignal | undefined
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

/** One assistant turn: messages → tokens → generated tokens → chunks. */
async function* answer(
  { tokenizer, generator, info }: Running,
  request: ChatRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChatChunk, void, void> {
  const startedMs = performance.now()
  const prompt = renderConversation(toHarmony(request), tokenizer).ids
  const sampling = samplingOf(request)
  const maxTokens = request.max_tokens ?? Number.POSITIVE_INFINITY
  checkCount('max_tokens', maxTokens)
  const collector = new ChatCollector(tokenizer, {
    id: crypto.randomUUID(),
    created: Math.floor(Date.now() / 1000),
    model: info.model,
  })

  let cachedTokens = 0
  let prefilledMs = startedMs
  let firstTokenMs = startedMs
  let completionTokens = 0
  let end: GenerateEnd = 'cancelled'
  const tokens = generator.generate({
    prompt,
    sampling,
    maxTokens,
    stopTokens: new Set(stopTokenIds(tokenizer)),
    signal,
    onPrefilled(cached) {
      cachedTokens = cached
      prefilledMs = performance.now()
    },
  })
  try {
    for (;;) {
      const step = await tokens.next()
      if (step.done) {
        end = step.value
        break
      }
      if (completionTokens++ === 0) firstTokenMs = performance.now()
      yield* collector.push(step.value)
    }
  } finally {
    // Whoever stops listening stops the generation; the next turn begins when the GPU is free.
    await tokens.return('cancelled')
  }

  const prefillMs = prefilledMs - startedMs
  const decodeMs = Math.max(0, performance.now() - firstTokenMs)
  yield* collector.finish(end, {
    promptTokens: prompt.length,
    cachedTokens,
    seed: sampling.seed,
    timings: {
      firstTokenMs: firstTokenMs - startedMs,
      prefillMs,
      decodeMs,
      prefillTokensPerSecond: perSecond(prompt.length - cachedTokens, prefillMs),
      decodeTokensPerSecond: perSecond(completionTokens - 1, decodeMs),
    },
  })
}

function samplingOf(request: ChatRequest): Sampling {
  return {
    temperature: request.temperature ?? defaultSampling.temperature,
    topK: request.top_k ?? defaultSampling.topK,
    topP: request.top_p ?? defaultSampling.topP,
    minP: request.min_p ?? defaultSampling.minP,
    repetitionPenalty: request.repetition_penalty ?? defaultSampling.repetitionPenalty,
    seed: request.seed ?? (crypto.getRandomValues(new Uint32Array(1))[0] as number),
  }
}

/** @throws EngineError `request-invalid` for what is no whole number of at least 1; Infinity is one here */
function checkCount(name: string, count: number): void {
  if (count >= 1 && Math.floor(count) === count) return
  const problem = `${name} is ${count}; it must be a whole number of at least 1`
  throw new EngineError({ code: 'request-invalid', problem })
}

const perSecond = (count: number, ms: number) => (ms > 0 && count > 0 ? (1000 * count) / ms : 0)
