/**
 * What the world can do to the engine, as data. Everyone may import this file; it imports nothing.
 *
 * The engine throws `EngineError` for these causes only. Anything else that is thrown is a bug of
 * ours: it crosses the worker as `bug`, with its stack. Sentences for people are made by the page
 * (src/app/error-text.ts) and by the command line, never here.
 */
export type EngineErrorData =
  /** The environment has no WebGPU at all. */
  | { code: 'webgpu-missing' }
  /** WebGPU exists and offers no adapter. */
  | { code: 'adapter-missing' }
  /** The adapter cannot hold or bind something the model needs. */
  | {
      code: 'limit-exceeded'
      limit: string
      needed: number
      offered: number
      purpose: string
      /** The longest context that stays within the limit; 0 where none does, absent where unknown. */
      largestContextTokens?: number
    }
  /** The GPU ran out of memory, or went away, while a model with these needs was put on it. */
  | {
      code: 'device-out-of-memory'
      contextTokens: number
      weightBytes: number
      kvCacheBytes: number
      scratchBytes: number
      totalBytes: number
    }
  /** The device went away: driver reset, sleep, another process. Load the model again. */
  | { code: 'device-lost'; reason: string }
  /**
   * A request got no answer (offline, refused, cut off); with `isBlocked`, the server answers and
   * does not allow this page to read it: no Access-Control-Allow-Origin.
   */
  | { code: 'network'; url: string; detail: string; isBlocked?: true }
  /** The policy that this place runs under allows no request to this origin. */
  | { code: 'host-not-allowed'; origin: string }
  /** A server answered with an error status; `retryAfterMs` is when it wants to be asked again. */
  | { code: 'http-status'; url: string; status: number; retryAfterMs?: number }
  /** A file of the checkpoint does not exist; `neededBy` names what refers to it. */
  | { code: 'file-missing'; file: string; neededBy: string }
  /** A file ended before its announced length. */
  | { code: 'file-truncated'; file: string; expectedBytes: number; receivedBytes: number }
  /** A file exists and its content is not what it should be. */
  | { code: 'file-invalid'; file: string; problem: string }
  /** The files are sound, and describe a model this engine does not run. */
  | { code: 'model-unsupported'; file: string; problem: string }
  /** The browser gives this page no storage (private window, blocked site data). */
  | { code: 'storage-refused'; detail: string }
  /** Storage that has worked before failed to keep something or to give it back; what it has stays. */
  | { code: 'storage-failed'; detail: string }
  /** The disk or the site's quota is full. */
  | { code: 'storage-full'; neededBytes: number; availableBytes: number }
  /** The model is being downloaded, here or in another tab, and must not change meanwhile. */
  | { code: 'model-busy'; model: string }
  /** The conversation is longer than the context the model was loaded with. */
  | { code: 'context-full'; contextTokens: number; neededTokens: number }
  /** The caller asked for something impossible: unknown role, negative temperature. */
  | { code: 'request-invalid'; problem: string }
  /** `chat` or another call that needs a model came before `load` finished. */
  | { code: 'model-not-loaded' }
  /** The caller cancelled. */
  | { code: 'cancelled' }
  /** Something in this program is broken; `report` is message and stack, ready to paste. */
  | { code: 'bug'; report: string }

export class EngineError extends Error {
  readonly data: EngineErrorData

  constructor(data: EngineErrorData) {
    const { code, ...facts } = data
    super(`${code} ${JSON.stringify(facts)}`)
    this.name = 'EngineError'
    this.data = data
  }
}

/** The data of any thrown value: an `EngineError`'s own, `cancelled` for an abort, otherwise `bug`. */
export function errorData(thrown: unknown): EngineErrorData {
  if (thrown instanceof EngineError) return thrown.data
  if (thrown instanceof Error && thrown.name === 'AbortError') return { code: 'cancelled' }
  if (thrown instanceof Error) return { code: 'bug', report: thrown.stack ?? thrown.message }
  return { code: 'bug', report: String(thrown) }
}
