/** Comes before a worker's own script, and tells the page of every request that the worker makes. */
import { watchRequests } from './records'
import { parseWorkerContext } from './worker-context'

declare const self: DedicatedWorkerGlobalScope

const context = parseWorkerContext(self.name)
if (context) {
  const channel = new BroadcastChannel(context.channel)
  watchRequests('worker', (record) => channel.postMessage(record))
}
