import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Endpoint, EndpointDraft } from './endpoint'
import type { EndpointStorage } from './endpoint-storage'

export interface EndpointsState {
  /** By name; undefined until they are read. */
  endpoints: readonly Endpoint[] | undefined
  /** Reads the list, once. */
  start(): Promise<void>
  /** Adds an endpoint, or changes the one of this id. */
  save(draft: EndpointDraft, id?: string): Promise<void>
  /** Notes that the user has agreed to chats being sent there. */
  confirm(id: string): Promise<void>
  /** Removes an endpoint with its key; the function returned brings it back. */
  remove(id: string): Promise<() => Promise<void>>
}

export type EndpointsStore = StoreApi<EndpointsState>

/** The user's own servers. */
export function createEndpointsStore(opening: Promise<EndpointStorage>): EndpointsStore {
  let started: Promise<void> | undefined

  return createStore<EndpointsState>()((set, get) => {
    async function read() {
      const endpoints = await (await opening).list()
      set({ endpoints: endpoints.sort((a, b) => a.name.localeCompare(b.name)) })
    }

    async function start() {
      const storage = await opening
      storage.subscribe(() => void read())
      await read()
    }

    async function put(endpoint: Endpoint) {
      await (await opening).put(endpoint)
      await read()
    }

    const find = (id: string | undefined) => get().endpoints?.find((known) => known.id === id)

    return {
      endpoints: undefined,

      start() {
        started ??= start()
        return started
      },

      async save(draft, id = crypto.randomUUID()) {
        const before = find(id)
        // Who agreed to one address has not agreed to another.
        const isConfirmed = before?.baseUrl === draft.baseUrl && before.isConfirmed
        await put({ id, ...draft, isConfirmed })
      },

      async confirm(id) {
        const endpoint = find(id)
        if (endpoint) await put({ ...endpoint, isConfirmed: true })
      },

      async remove(id) {
        const endpoint = find(id)
        await (await opening).remove(id)
        await read()
        return async () => {
          if (endpoint) await put(endpoint)
        }
      },
    }
  })
}
