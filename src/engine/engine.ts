import type {
  AssessRequest,
  Count,
  Engine,
  LoadProgress,
  LoadRequest,
  ModelInfo,
  ProgressOptions,
  StoredModelSummary,
} from './api'
import { adapterSummary, createDeviceMemory } from './device-memory'
import { EngineError } from './errors'
import { createGenerator, type Generator } from './generate/generate'
import { measureCopyRate, measureGeneration } from './generate/measure'
import { type Gpu, openGpu } from './gpu/device'
import { type Choices, likeliestChoices, type TuningStore, tune } from './gpu/tuner'
import { START } from './harmony/tokens'
import { kernelTrials, variantShaders, variantsOf } from './kernels/variants'
import type { PlannedModel } from './memory-report'
import { parseConfig } from './model/config'
import type { Forward } from './model/forward'
import { type OpeningModel, openModel } from './model/load'
import { expectedTensors, formatOf, parameterCount } from './model/weights'
import { createModelFiles } from './model-files'
import {
  answer,
  type ChatModel,
  cancelledAnswer,
  countPromptTokens,
  prefillHistory,
} from './openai/answer'
import type { ChatRequest } from './openai/types'
import { readModel, type SoundModel } from './read-model'
import { createTurns, unlessAborted } from './turns'
import { type Checkpoint, findGguf } from './weights/checkpoint'
import type { Locks } from './weights/locks'
import {
  type PieceKey,
  pieceLength,
  publishedCommit,
  type ShardStore,
  type StoredModel,
} from './weights/shard-store'

/** What differs by place, and is handed in. */
export interface EngineEnvironment {
  /** `navigator.gpu`, or Dawn's in Node; undefined where there is none. */
  gpu: GPU | undefined
  fetch: typeof globalThis.fetch
  openStore: () => Promise<ShardStore>
  /** Where it is kept which kernels suit the device best; undefined: nothing is tried. */
  tuning?: TuningStore | undefined
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
  forward: Forward
  info: ModelInfo
}

/** A model on its way to the GPU: its buffers are being allocated and its pipelines compiled. */
interface Opening extends SoundModel {
  model: OpeningModel
  generator: Promise<Generator>
  format: ModelInfo['format']
  kernels: Choices
}

/** Wires the stations together: files, storage, GPU, tokens, messages. */
export function createEngine(environment: EngineEnvironment): Engine {
  const { gpu: webgpu, openStore, storage } = environment
  const files = createModelFiles(environment)
  const memory = createDeviceMemory(webgpu)
  /** Whoever uses the GPU, loads and chats, does so alone. */
  const turns = createTurns()
  let running: Running | undefined
  /** Aborted as soon as anybody asks for the GPU: what is done in idle time gives way. */
  let idle = new AbortController()

  /** What was begun in idle time ends; the signal says when somebody asks again. */
  function interruptIdle(): AbortSignal {
    idle.abort()
    idle = new AbortController()
    return idle.signal
  }

  function unload() {
    running?.gpu.device.destroy()
    running = undefined
    memory.release()
  }

  async function start(
    request: LoadRequest,
    { signal, onProgress }: ProgressOptions<LoadProgress>,
  ): Promise<Running> {
    checkContext(request)
    const gpu = await openGpu(webgpu)
    const progress = gatherProgress(onProgress)
    // Beside the first requests: what it takes, two seconds at most, is gone by when the model opens.
    const choosing = chooseKernels(gpu)
    let opening: Opening | undefined
    /** Aborted, and everything read in vain with it, when the GPU turns out to have no room. */
    const refused = new AbortController()

    async function prepare(checkpoint: Checkpoint) {
      opening?.model.destroy()
      opening = undefined
      const { config, tokenizer } = readModel(checkpoint)
      const { tensors } = checkpoint
      const contextTokens = contextOf(request, config)
      const messageStart = tokenizer.requiredSpecialId(START)
      const kernels = await choosing
      const model = await memory.allocate((withinBytes) =>
        openModel(gpu, config, tensors, {
          contextTokens,
          withinBytes,
          variants: variantsOf(gpu, kernels),
          onProgress: progress.count('upload'),
        }),
      )
      const generator = model.forward.then((forward) =>
        createGenerator(gpu, forward, tokenizer.tokenCount, {
          messageStart,
          onProgress: progress.count('compile'),
        }),
      )
      // It is awaited when all bytes are there; until then a failure is not "unhandled".
      generator.catch(() => {})
      model.forward.catch((error) => {
        if (opening?.model === model) refused.abort(error)
      })
      opening = { config, tokenizer, model, generator, format: formatOf(tensors), kernels }
      return model.accept
    }

    try {
      const { fromStorage, isStored } = await files.read(
        request,
        { validate: readModel, prepare },
        {
          signal: signal ? AbortSignal.any([signal, refused.signal]) : refused.signal,
          onProgress: progress.merge,
        },
      )
      const { config, tokenizer, model, format, kernels, ...begun } = opening as Opening
      const weightHash = isStored ? await (await openStore()).hash(request.model) : undefined
      const all = Promise.all([begun.generator, model.finish()])
      const [generator, { plan, forward }] = await unlessAborted(all, signal)
      const info: ModelInfo = {
        model: request.model,
        format,
        config,
        parameterCount: parameterCount(config),
        weightBytes: plan.weightBytes,
        contextTokens: plan.contextTokens,
        adapter: adapterSummary(gpu),
        kernels,
        fromStorage,
        isStored,
        weightHash,
      }
      return { gpu, forward, info, model: request.model, tokenizer, generator }
    } catch (error) {
      const cause = refused.signal.aborted ? refused.signal.reason : error
      gpu.device.destroy()
      memory.release(cause)
      throw signal?.aborted ? new EngineError({ code: 'cancelled' }) : cause
    }
  }

  async function chooseKernels(gpu: Gpu): Promise<Choices> {
    const trials = kernelTrials(gpu)
    const { tuning: store } = environment
    if (!store) return likeliestChoices(trials)
    return tune(gpu, trials, { store, openGpu: () => openGpu(webgpu), shaders: variantShaders })
  }

  /** Makes the next message of a conversation start warm, in idle time: until anybody asks for the GPU. */
  function prepareNext(model: ChatModel, conversation: ChatRequest, untilAsked: AbortSignal) {
    turns
      .run(untilAsked, () => prefillHistory(model, conversation, untilAsked))
      // Whatever came in the way, a full context, a device that was lost: the next message finds out.
      .catch(() => {})
  }

  function planned({ config: json, ...request }: AssessRequest): PlannedModel {
    checkContext(request)
    const config = parseConfig(json)
    const contextTokens = contextOf(request, config)
    return { config, tensors: expectedTensors(config), contextTokens }
  }

  async function listModels() {
    return (await (await openStore()).list()).map(summary)
  }

  return {
    load(request, options = {}) {
      interruptIdle()
      return turns.run(options.signal, async () => {
        unload()
        const started = await start(request, options)
        running = started
        started.gpu.lost.then(() => {
          if (running === started) unload()
        })
        return started.info
      })
    },

    async download({ model }, { signal, onProgress } = {}) {
      const { merge } = gatherProgress(onProgress)
      await files.download(model, { validate: readModel }, { signal, onProgress: merge })
      return summary((await (await openStore()).find(model)) as StoredModel)
    },

    async inspect({ model: asked, files: picked, ...request }, { signal } = {}) {
      checkContext(request)
      const source = { model: asked, ...(picked && { files: picked }) }
      const { model, checkpoint } = await files.open(source, signal)
      const { config } = readModel(checkpoint)
      const { tensors } = checkpoint
      return {
        model,
        format: formatOf(tensors),
        config,
        parameterCount: parameterCount(config),
        files: checkpoint.files,
        totalBytes: checkpoint.files.reduce((sum, { byteLength }) => sum + byteLength, 0),
        memory: await memory.report({
          config,
          tensors,
          contextTokens: contextOf(request, config),
        }),
      }
    },

    assess: async (request) => memory.report(planned(request)),

    checkDevice: async ({ config, ...request } = {}) =>
      memory.check(config === undefined ? undefined : planned({ config, ...request })),

    async *chat(request, { signal } = {}) {
      const untilAsked = interruptIdle()
      let endTurn: () => void
      try {
        endTurn = await turns.take(signal)
      } catch {
        yield cancelledAnswer(running?.model ?? '')
        return
      }
      const model = running
      let conversation: ChatRequest | undefined
      try {
        if (!model) throw new EngineError({ code: 'model-not-loaded' })
        conversation = yield* answer(model, request, signal)
      } finally {
        endTurn()
      }
      if (conversation) prepareNext(model, conversation, untilAsked)
    },

    async countTokens(input) {
      if (!running) throw new EngineError({ code: 'model-not-loaded' })
      const { tokenizer } = running
      return typeof input === 'string'
        ? tokenizer.encode(input).length
        : countPromptTokens(input, tokenizer)
    },

    async tokenTexts(ids) {
      if (!running) throw new EngineError({ code: 'model-not-loaded' })
      const { tokenizer } = running
      return ids.map((id) => tokenizer.decode([id]))
    },

    measure(request, options) {
      interruptIdle()
      return turns.run(options?.signal, async () => {
        if (!running) throw new EngineError({ code: 'model-not-loaded' })
        const { gpu, info, tokenizer } = running
        const { vocabSize } = info.config
        const measured = { ...running, vocabSize, messageStart: tokenizer.requiredSpecialId(START) }
        return measureGeneration(gpu, measured, request, options)
      })
    },

    measureCopyRate() {
      interruptIdle()
      return turns.run(undefined, async () => {
        if (!running) throw new EngineError({ code: 'model-not-loaded' })
        return measureCopyRate(running.gpu)
      })
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

    persist: async () => (await environment.persist?.()) ?? false,

    listModels,

    verify: ({ model }, options) =>
      files.change(model, async (store) => {
        const stored = await store.find(model)
        if (!stored) {
          throw new EngineError({ code: 'request-invalid', problem: `${model} is not stored` })
        }
        const { damaged, unhashed } = await store.verify(model, options)
        return {
          verifiedBytes: stored.storedBytes,
          damaged: damaged.map((piece) => stretchOf(stored, piece)),
          unhashedBytes: unhashed.reduce(
            (sum, piece) => sum + stretchOf(stored, piece).byteLength,
            0,
          ),
        }
      }),

    deleteWeights: (model) => files.change(model, (store) => store.delete(model)),
  }
}

/** Puts together what the phases of a load report each for itself. */
function gatherProgress(onProgress: (progress: LoadProgress) => void = () => {}) {
  const none: Count = { done: 0, total: 0 }
  let counts = { download: none, verify: none, upload: none, compile: none }
  return {
    /** Whatever moves ends an obstacle. */
    merge({ obstacle, ...moved }: Partial<LoadProgress>) {
      counts = { ...counts, ...moved }
      onProgress({ ...counts, ...(obstacle && { obstacle }) })
    },
    count(phase: 'upload' | 'compile') {
      return (done: number, total: number) => this.merge({ [phase]: { done, total } })
    },
  }
}

/** @throws EngineError `request-invalid` for a context of no whole number of tokens */
function checkContext({ contextTokens = 1 }: { contextTokens?: number }) {
  if (Number.isInteger(contextTokens) && contextTokens >= 1) return
  const problem = `contextTokens is ${contextTokens}; it must be a whole number of at least 1`
  throw new EngineError({ code: 'request-invalid', problem })
}

const contextOf = (
  { contextTokens = defaultContextTokens }: { contextTokens?: number },
  { maxPositionEmbeddings }: { maxPositionEmbeddings: number },
) => Math.min(contextTokens, maxPositionEmbeddings)

function summary(stored: StoredModel): StoredModelSummary {
  const { model, files, storedBytes, totalBytes, completedAt } = stored
  const isGguf = findGguf(files.map(({ name }) => name)) !== undefined
  return {
    model,
    format: isGguf ? 'gguf' : 'safetensors',
    storedBytes,
    totalBytes,
    completedAt,
    publishedCommit: publishedCommit(stored),
  }
}

/** Where a piece lies in its file. */
function stretchOf({ files, pieceBytes }: StoredModel, { file, piece }: PieceKey) {
  const fileBytes = files.find(({ name }) => name === file)?.byteLength ?? 0
  const byteLength = pieceLength(fileBytes, piece, pieceBytes)
  return { file, byteOffset: piece * pieceBytes, byteLength }
}
