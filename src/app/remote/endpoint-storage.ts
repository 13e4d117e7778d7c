import { openDB } from 'idb'
import { type Endpoint, parseEndpoint } from './endpoint'

/**
 * Where endpoints rest: a database of their own, so that nothing that reads conversations, as a
 * backup does, can come upon a key.
 */
export interface EndpointStorage {
  list(): Promise<Endpoint[]>
  put(endpoint: Endpoint): Promise<void>
  remove(id: string): Promise<void>
  /** Calls back when another tab has changed something. */
  subscribe(listener: () => void): void
}

const databaseName = 'alcove-endpoints'
const storeName = 'endpoints'

/** @throws DOMException where the browser refuses storage */
export async function openIndexedDbEndpoints(): Promise<EndpointStorage> {
  const db = await openDB(databaseName, 1, {
    upgrade: (db) => void db.createObjectStore(storeName, { keyPath: 'id' }),
    // A newer version of the app in another tab waits for this one to let go.
    blocking: () => db.close(),
  })
  const channel = new BroadcastChannel(databaseName)
  const tell = () => channel.postMessage('changed')
  return {
    async list() {
      const records: unknown[] = await db.getAll(storeName)
      return records.flatMap((record) => parseEndpoint(record) ?? [])
    },
    async put(endpoint) {
      await db.put(storeName, endpoint)
      tell()
    },
    async remove(id) {
      await db.delete(storeName, id)
      tell()
    },
    subscribe(listener) {
      channel.addEventListener('message', listener)
    },
  }
}

/** Keeps endpoints as long as the page lives: for browsers that refuse storage, and for tests. */
export function createMemoryEndpoints(): EndpointStorage {
  const endpoints = new Map<string, Endpoint>()
  return {
    list: async () => [...endpoints.values()],
    async put(endpoint) {
      endpoints.set(endpoint.id, endpoint)
    },
    async remove(id) {
      endpoints.delete(id)
    },
    subscribe() {},
  }
}
