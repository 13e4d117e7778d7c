import { createStore, get, update } from 'idb-keyval'
import type { DatabaseMark } from './eviction-store'

const key = 'id'
const database = () => createStore('alcove-mark', 'mark')

/** A mark in a database of its own, which a browser clears with all others of the site. */
export const databaseMark: DatabaseMark = {
  get: () => get<string>(key, database()),

  async claim(id) {
    const store = database()
    await update<string>(key, (there) => there ?? id, store)
    return (await get<string>(key, store)) ?? id
  },
}
