import { createStore, del, get, set } from 'idb-keyval'

/** What another app has shared with this one, until a page takes it. */
export interface SharedItems {
  text: string
  files: readonly File[]
}

const database = () => createStore('alcove-shared', 'items')
const key = 'latest'

/** The fields that public/manifest.webmanifest names; a link comes as `text` or as `url`, or as both. */
export function sharedItems(form: FormData): SharedItems {
  const texts = ['title', 'text', 'url'].flatMap((name) => form.getAll(name))
  const lines = texts.flatMap((text) => (typeof text === 'string' && text.trim()) || [])
  const isFile = (value: FormDataEntryValue) => typeof value !== 'string' && value.size > 0
  return {
    text: [...new Set(lines)].join('\n'),
    files: form.getAll('files').filter(isFile) as File[],
  }
}

/** Keeps items in place of those that nobody took. */
export const keepShared = (items: SharedItems): Promise<void> => set(key, items, database())

/** The items that wait; from now on they do not. */
export async function takeShared(): Promise<SharedItems | undefined> {
  const store = database()
  const items = await get<SharedItems>(key, store)
  await del(key, store)
  return items
}
