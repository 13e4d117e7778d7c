import { createStore, type StoreApi } from 'zustand/vanilla'
import type { LibraryItem, Persona, Template } from '../conversations/library'
import type { ConversationStorage } from '../conversations/storage'
import type { OfferedTemplate } from '../templates/built-in'
import type { ConversationsState } from './conversations-store'

export interface LibraryState {
  /** In the order of their names, as are the templates. */
  personas: readonly Persona[]
  templates: readonly Template[]
  /** The template whose variables are being asked for. */
  filling: OfferedTemplate | undefined

  /** Reads personas and templates, once. */
  start(): Promise<void>
  /** Adds an item, or puts it in the place of the one with its id. */
  put(item: LibraryItem): void
  /** Takes an item away; the function returned brings it back. */
  remove(item: LibraryItem): () => void
  /** Chooses the persona with which new chats begin; undefined for none. */
  setDefault(id: string | undefined): void
  /** Asks for the variables of a template; undefined ends that. */
  fill(template: OfferedTemplate | undefined): void
}

export type LibraryStore = StoreApi<LibraryState>

/** Personas and templates. Changes show at once and are written behind. */
export function createLibraryStore(
  storage: ConversationStorage,
  { noteSaved }: Pick<ConversationsState, 'noteSaved'>,
): LibraryStore {
  let started: Promise<void> | undefined
  /** Counts what was changed here, for whoever reads meanwhile. */
  let changes = 0

  return createStore<LibraryState>()((set, get) => {
    async function note(writing: Promise<void>) {
      try {
        await writing
        noteSaved(true)
      } catch {
        noteSaved(false)
      }
    }

    function show(items: readonly LibraryItem[]) {
      const sorted = items.toSorted((a, b) => a.name.localeCompare(b.name))
      set({
        personas: sorted.filter((item) => item.kind === 'persona'),
        templates: sorted.filter((item) => item.kind === 'template'),
      })
    }

    const others = (gone: readonly LibraryItem[]) => {
      const ids = new Set(gone.map(({ id }) => id))
      return [...get().personas, ...get().templates].filter(({ id }) => !ids.has(id))
    }

    function putAll(items: readonly LibraryItem[]) {
      changes++
      show([...others(items), ...items])
      void note(storage.putLibrary(items))
    }

    async function read(): Promise<void> {
      const before = changes
      const items = await storage.library()
      // What was read is older than what is shown.
      if (changes !== before) return read()
      show(items)
    }

    return {
      personas: [],
      templates: [],
      filling: undefined,

      start() {
        started ??= read().then(() =>
          storage.subscribe(({ kind }) => {
            if (kind === 'library') void read()
          }),
        )
        return started
      },

      put: (item) => putAll([item]),

      remove(item) {
        changes++
        show(others([item]))
        void note(storage.removeFromLibrary(item.id))
        return () => putAll([item])
      },

      setDefault(id) {
        putAll(
          get()
            .personas.filter((persona) => persona.isDefault !== (persona.id === id))
            .map((persona) => ({ ...persona, isDefault: persona.id === id })),
        )
      },

      fill: (filling) => set({ filling }),
    }
  })
}
