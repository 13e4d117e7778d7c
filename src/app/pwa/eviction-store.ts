import { createStore, type StoreApi } from 'zustand/vanilla'

/** What was in the browser's storage when somebody last looked. */
export interface Belongings {
  chats: number
  modelBytes: number
}

export interface EvictionState {
  /** What the browser has cleared; undefined where nothing is missing. */
  lost: Belongings | undefined
  /** Compares the two marks; once, before anything is noted. */
  start(): Promise<void>
  /** Remembers what is here now, as far as it is known. What is missing is missed until dismissed. */
  note(belongings: Partial<Belongings>): void
  dismiss(): void
}

export type EvictionStore = StoreApi<EvictionState>

/** The mark in the database, which is cleared together with chats and models. */
export interface DatabaseMark {
  get(): Promise<string | undefined>
  /** Sets the mark where there is none. Returns the one that is there: another tab may be faster. */
  claim(id: string): Promise<string>
}

interface EvictionOptions {
  /** Outlives the databases where a browser clears them to make room; throws where there is none. */
  local: () => Pick<Storage, 'getItem' | 'setItem'>
  database: DatabaseMark
  newId: () => string
}

const localKey = 'alcove-belongings'

/**
 * Tells storage that the browser has cleared by itself from a first visit, and from storage that the
 * person has cleared: one mark lies in the database, the other beside it, with what there was. A
 * browser that is short of space drops the databases alone; whoever clears a site's data, everything.
 */
export function createEvictionStore({ local, database, newId }: EvictionOptions): EvictionStore {
  let id: string | undefined
  let noted: Partial<Belongings> = {}
  /** What an earlier visit has noted, for what this one does not know. */
  let before: Belongings = { chats: 0, modelBytes: 0 }

  return createStore<EvictionState>()((set, get) => {
    function write() {
      if (id === undefined || get().lost) return
      try {
        local().setItem(localKey, JSON.stringify({ id, ...before, ...noted }))
      } catch {
        // Where nothing can be remembered, nothing can be missed.
      }
    }

    return {
      lost: undefined,

      async start() {
        try {
          const mark = parseMark(local().getItem(localKey))
          const kept = await database.get()
          if (mark && mark.id === kept) before = mark.belongings
          else if (mark && (mark.belongings.chats > 0 || mark.belongings.modelBytes > 0))
            set({ lost: mark.belongings })
          id = await database.claim(newId())
        } catch {
          // A page that may keep nothing has lost nothing.
          return
        }
        write()
      },

      note(belongings) {
        noted = { ...noted, ...belongings }
        write()
      },

      dismiss() {
        set({ lost: undefined })
        write()
      },
    }
  })
}

function parseMark(text: string | null): { id: string; belongings: Belongings } | undefined {
  if (text === null) return undefined
  const { id, chats, modelBytes } = JSON.parse(text)
  const belongings = { chats: Number(chats) || 0, modelBytes: Number(modelBytes) || 0 }
  return { id: String(id), belongings }
}
