import { createStore, type StoreApi } from 'zustand/vanilla'
import { EngineError, type EngineErrorData, errorData } from '../../engine/errors'
import type { Engine, LoadProgress, ModelInfo } from '../../engine/index'
import { createThrottle } from '../throttle'
import { type BenchmarkProgress, type BenchmarkResult, runBenchmark } from './benchmark'

/** A finished benchmark: what was measured, and on what. */
export interface Report extends BenchmarkResult {
  info: ModelInfo
  promptTokens: number
  decodedTokens: number
  /** Milliseconds since 1970. */
  measuredAt: number
}

export type BenchmarkStatus =
  | { phase: 'idle' }
  /** `progress` is undefined until the engine's first report. */
  | { phase: 'loading'; progress: LoadProgress | undefined }
  | { phase: 'measuring'; progress: BenchmarkProgress | undefined }
  | { phase: 'done'; report: Report }
  | { phase: 'failed'; error: EngineErrorData }

export interface BenchmarkRequest {
  model: string
  /** The longest context after which it is measured. */
  longestContext: number
}

export interface BenchmarkState {
  status: BenchmarkStatus
  /** Loads the model and measures it; one at a time. Never rejects. */
  run(request: BenchmarkRequest): Promise<void>
  /** Ends what is under way. */
  cancel(): void
}

export type BenchmarkStore = StoreApi<BenchmarkState>

/** Contexts after which a model can be measured, in tokens. */
export const contexts = [0, 1024, 8192] as const

const plan = { promptTokens: 256, decodedTokens: 64, rounds: 5, spentMs: 5000 }
const progressMs = 100

export function createBenchmarkStore(
  engine: Pick<Engine, 'load' | 'measure' | 'measureCopyRate'>,
  now: () => number,
): BenchmarkStore {
  let controller: AbortController | undefined

  return createStore<BenchmarkState>()((set) => {
    async function measure({ model, longestContext }: BenchmarkRequest, signal: AbortSignal) {
      const { promptTokens, decodedTokens } = plan
      const contextTokens = longestContext + promptTokens + decodedTokens
      const onLoad = createThrottle<LoadProgress>(progressMs, (progress) =>
        set({ status: { phase: 'loading', progress } }),
      )
      const onMeasured = createThrottle<BenchmarkProgress>(progressMs, (progress) =>
        set({ status: { phase: 'measuring', progress } }),
      )
      try {
        const info = await engine.load({ model, contextTokens }, { signal, onProgress: onLoad })
        onLoad.cancel()
        set({ status: { phase: 'measuring', progress: undefined } })
        const result = await runBenchmark(
          engine,
          { ...plan, contexts: contexts.filter((context) => context <= longestContext) },
          { signal, onProgress: onMeasured },
        )
        return { ...result, info, promptTokens, decodedTokens, measuredAt: now() }
      } finally {
        onLoad.cancel()
        onMeasured.cancel()
      }
    }

    return {
      status: { phase: 'idle' },

      async run(request) {
        if (controller) return
        controller = new AbortController()
        set({ status: { phase: 'loading', progress: undefined } })
        try {
          set({ status: { phase: 'done', report: await measure(request, controller.signal) } })
        } catch (thrown) {
          const isCancelled = thrown instanceof EngineError && thrown.data.code === 'cancelled'
          set({
            status: isCancelled ? { phase: 'idle' } : { phase: 'failed', error: errorData(thrown) },
          })
        } finally {
          controller = undefined
        }
      },

      cancel: () => controller?.abort(),
    }
  })
}
