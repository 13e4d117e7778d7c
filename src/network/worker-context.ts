/** What a page tells its workers in their name, the one thing that is there before any message. */
export interface WorkerContext {
  /** The `connect-src` of the policy that they share. */
  connectSources: readonly string[]
  /** The BroadcastChannel on which they tell the page of their requests. */
  channel: string
}

/** Undefined in a worker that no page of this app has started. */
export function parseWorkerContext(name: string): WorkerContext | undefined {
  return name === '' ? undefined : JSON.parse(name)
}
