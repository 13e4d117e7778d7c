/** The page that bench:load opens: the engine in its worker, and what drives it from outside. */
import type { LoadProgress, ModelInfo } from '../../src/engine/index'
import { createWorkerEngine } from '../../src/worker/client'
import type { BlobsRead } from './blobs.worker'

/** Times are in milliseconds since 1970, to be comparable with those outside the browser. */
export interface LoadTimes {
  startedMs: number
  /** When all of the GPU's memory was there; pipelines may have been compiling before. */
  allocatedMs: number
  /** When all bytes were here, were on the GPU, and all pipelines were compiled; 0: never needed. */
  downloadedMs: number
  uploadedMs: number
  compiledMs: number
  /** When the model was ready. */
  endedMs: number
  info: ModelInfo
}

export interface FirstToken {
  startedMs: number
  endedMs: number
  promptTokens: number
  completionTokens: number
}

const engine = createWorkerEngine()

const page = {
  /** Starts the worker, so that what it takes when idle can be measured. */
  async start(): Promise<StorageEstimate> {
    await engine.listModels()
    return navigator.storage.estimate()
  },

  async load(model: string, contextTokens: number): Promise<LoadTimes> {
    const ended: Partial<Record<keyof LoadProgress, number>> = {}
    let allocatedMs = 0
    const onProgress = (progress: LoadProgress) => {
      if (progress.compile.total > 0) allocatedMs ||= Date.now()
      for (const phase of ['download', 'upload', 'compile'] as const) {
        const { done, total } = progress[phase]
        if (total > 0 && done === total) ended[phase] ??= Date.now()
      }
    }
    const startedMs = Date.now()
    const info = await engine.load({ model, contextTokens }, { onProgress })
    return {
      startedMs,
      allocatedMs,
      downloadedMs: ended.download ?? 0,
      uploadedMs: ended.upload ?? 0,
      compiledMs: ended.compile ?? 0,
      endedMs: Date.now(),
      info,
    }
  },

  /** Generates one token after the shortest prompt that a chat makes. */
  async firstToken(): Promise<FirstToken> {
    const startedMs = Date.now()
    const messages = [{ role: 'user' as const, content: 'Hi' }]
    for await (const { usage } of engine.chat({ messages, max_tokens: 1, temperature: 0 })) {
      if (!usage) continue
      const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage
      return { startedMs, endedMs: Date.now(), promptTokens, completionTokens }
    }
    throw new Error('the answer ended without its usage')
  },

  /** Reads every Blob that is stored, in a worker like the engine's, one after another. */
  readBlobs(hashed: boolean): Promise<BlobsRead> {
    const worker = new Worker(new URL('./blobs.worker.ts', import.meta.url), { type: 'module' })
    return new Promise<BlobsRead>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
      worker.postMessage({ hashed })
    }).finally(() => worker.terminate())
  },
}

export type BenchPage = typeof page

Object.assign(globalThis, { bench: page })
