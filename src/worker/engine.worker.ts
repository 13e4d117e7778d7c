/** The Worker's entry: an engine on this browser's GPU and storage, behind `serve`. */
import { createEngine, createIndexedDbShardStore } from '../engine/index'
import { engineHandlers, serve } from './serve'

declare const self: DedicatedWorkerGlobalScope

const engine = createEngine({
  gpu: navigator.gpu,
  fetch: fetch.bind(self),
  openStore: async () =>
    createIndexedDbShardStore({ estimate: () => navigator.storage.estimate() }),
  locks: navigator.locks,
  storage: navigator.storage,
})

serve(self, engineHandlers(engine))
