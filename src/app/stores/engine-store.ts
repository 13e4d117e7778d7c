import { createStore, type StoreApi } from 'zustand/vanilla'
import { type EngineErrorData, errorData } from '../../engine/errors'
import type { Engine, LoadProgress, ModelInfo } from '../../engine/index'

export type EngineStatus =
  | { phase: 'empty' }
  /** `progress` is undefined until the engine's first report. */
  | { phase: 'loading'; progress: LoadProgress | undefined }
  | { phase: 'ready'; model: ModelInfo }
  | { phase: 'failed'; error: EngineErrorData }

export interface EngineState {
  status: EngineStatus
  /** Loads the model; while a load is under way this is that load. Never rejects. */
  load(): Promise<void>
  /**
   * Resolves when the model can be asked; starts loading it if nothing has. A failed load is
   * waited out, since the user may retry it.
   * @throws the signal's reason when it is aborted
   */
  whenReady(signal: AbortSignal): Promise<void>
  /** The engine has lost its model (device lost, worker restarted); the next use loads it again. */
  forget(): void
}

export type EngineStore = StoreApi<EngineState>

/** The one model's life. `model` is the absolute address of its folder. */
export function createEngineStore(engine: Pick<Engine, 'load'>, model: string): EngineStore {
  let loading: Promise<void> | undefined

  return createStore<EngineState>()((set, get, store) => {
    async function load() {
      set({ status: { phase: 'loading', progress: undefined } })
      try {
        const info = await engine.load(
          { model },
          { onProgress: (progress) => set({ status: { phase: 'loading', progress } }) },
        )
        set({ status: { phase: 'ready', model: info } })
      } catch (thrown) {
        set({ status: { phase: 'failed', error: errorData(thrown) } })
      }
    }

    return {
      status: { phase: 'empty' },

      load() {
        loading ??= load().finally(() => {
          loading = undefined
        })
        return loading
      },

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
