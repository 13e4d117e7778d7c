import { createStore, get, set } from 'idb-keyval'
import type { TuningStore } from './tuner'

/** Keeps what the tuner found in an IndexedDB database of its own. */
export function createIndexedDbTuningStore(): TuningStore {
  let opened: ReturnType<typeof createStore> | undefined
  const store = () => {
    opened ??= createStore('alcove-tuning', 'choices')
    return opened
  }
  return {
    get: async (key) => get(key, store()),
    set: async (key, tuning) => set(key, tuning, store()),
  }
}
