/** The Worker's entry: an engine on this browser's GPU and storage, behind `serve`. */
import {
  createEngine,
  createIndexedDbShardStore,
  createIndexedDbTuningStore,
} from '../engine/index'
import { withinPolicy } from '../network/connect-sources'
import { parseWorkerContext } from '../network/worker-context'
import { engineHandlers, serve } from './serve'

declare const self: DedicatedWorkerGlobalScope

const context = parseWorkerContext(self.name)

/** One for all that is asked for: it remembers that this place has storage. */
const store = createIndexedDbShardStore({ estimate: () => navigator.storage.estimate() })

const engine = createEngine({
  gpu: navigator.gpu,
  fetch: context
    ? withinPolicy(fetch.bind(self), context.connectSources, self.origin)
    : fetch.bind(self),
  openStore: async () => store,
  tuning: createIndexedDbTuningStore(),
  locks: navigator.locks,
  storage: navigator.storage,
})

serve(self, engineHandlers(engine))
