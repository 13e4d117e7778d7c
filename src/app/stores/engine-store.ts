import { createStore, type StoreApi } from 'zustand/vanilla'
import { type EngineErrorData, errorData } from '../../engine/errors'
import type { Engine, LoadProgress, LoadRequest, ModelInfo } from '../../engine/index'
import { createThrottle } from '../throttle'

export type EngineStatus =
  | { phase: 'empty' }
  /** `progress` is undefined until the engine's first report. */
  | { phase: 'loading'; progress: LoadProgress | undefined }
  | { phase: 'ready'; model: ModelInfo }
  | { phase: 'failed'; error: EngineErrorData }

export interface EngineState {
  /** What `status` is about: the model that is loaded, being loaded, or loaded next. */
  target: LoadRequest
  status: EngineStatus
  /** Loads the target; while that is under way this is that load. Never rejects. */
  load(): Promise<void>
  /** Loads another model in place of the target, whose load is cancelled if it is under way. */
  use(request: LoadRequest): Promise<void>
  /** Ends the load under way and keeps what it has downloaded; resolves when it has ended. */
  cancel(): Promise<void>
  /**
   * Resolves when the model can be asked; starts loading it if nothing has. A failed load is
   * waited out, since the user may retry it or choose another model.
   * @throws the signal's reason when it is aborted
   */
  whenReady(signal: AbortSignal): Promise<void>
  /** The engine has lost its model (device lost, worker restarted); the next use loads it again. */
  forget(): void
}

export type EngineStore = StoreApi<EngineState>

/** A report comes with every piece of a download and every kernel; each shown one draws the page. */
const progressMs = 100

/** The life of the one model that is on the GPU; `first` is the one to begin with. */
export function createEngineStore(engine: Pick<Engine, 'load'>, first: LoadRequest): EngineStore {
  let underWay: { promise: Promise<void>; controller: AbortController } | undefined

  return createStore<EngineState>()((set, get, store) => {
    async function load(request: LoadRequest, { signal }: AbortController) {
      /** A cancelled load has nothing more to say: another may be under way. */
      const show = (status: EngineStatus) => {
        if (!signal.aborted) set({ status })
      }
      const onProgress = createThrottle<LoadProgress>(progressMs, (progress) =>
        show({ phase: 'loading', progress }),
      )
      show({ phase: 'loading', progress: undefined })
      try {
        const model = await engine.load(request, { onProgress, signal })
        onProgress.cancel()
        show({ phase: 'ready', model })
      } catch (thrown) {
        onProgress.cancel()
        show({ phase: 'failed', error: errorData(thrown) })
      }
    }

    async function cancel() {
      if (!underWay) return
      const { promise, controller } = underWay
      controller.abort()
      underWay = undefined
      set({ status: { phase: 'empty' } })
      await promise
    }

    return {
      target: first,
      status: { phase: 'empty' },

      load() {
        if (underWay) return underWay.promise
        const controller = new AbortController()
        const promise = load(get().target, controller).finally(() => {
          if (underWay?.controller === controller) underWay = undefined
        })
        underWay = { promise, controller }
        return promise
      },

      use(request) {
        void cancel()
        set({ target: request, status: { phase: 'empty' } })
        return get().load()
      },

      cancel,

      whenReady(signal) {
        return new Promise((resolve, reject) => {
          signal.throwIfAborted()
          if (get().status.phase === 'ready') return resolve()
          const unsubscribe = store.subscribe(({ status }) => {
            if (status.phase !== 'ready') return
            unsubscribe()
            resolve()
          })
          signal.addEventListener('abort', () => {
            unsubscribe()
            reject(signal.reason)
          })
          if (get().status.phase === 'empty') void get().load()
        })
      },

      forget() {
        set({ status: { phase: 'empty' } })
      },
    }
  })
}
