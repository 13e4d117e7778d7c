import type { Message } from './conversation'
import type { ConversationStorage, MessagesChange, StorageChange } from './storage'

export interface JournaledStorage extends ConversationStorage {
  /**
   * Notes at once, and where the next start finds it, what is not yet written: a page that goes away
   * does not live to see its transactions end.
   */
  keepUnwritten(): void
  /**
   * Does what another page has left undone, and tells of it; `key` names its note in the journal. A page
   * that is reloaded may leave its notes only after the next one has begun to read.
   */
  takeOver(key: string): void
}

/** The writes that can be done again, by whoever comes upon them. */
const methods = [
  'patch',
  'remove',
  'putMessages',
  'removeMessages',
  'putDraft',
  'putDraftAttachments',
  'putLibrary',
  'removeFromLibrary',
  'putLastBackupAt',
] as const satisfies (keyof ConversationStorage)[]

type Method = (typeof methods)[number]

interface Write {
  method: Method
  args: unknown[]
}

const keyPrefix = 'alcove-unwritten/'

/**
 * A storage that can be used before it is open, and whose writes outlive the page. Until a write is
 * done, `keepUnwritten` can put it into the journal; the next start does it, before anything is read.
 *
 * `openJournal` may throw (site data blocked), and so may what it returns (no room left): nothing is
 * noted then, and a write that is under way may be lost with its page.
 */
export function createJournaledStorage(
  opening: Promise<ConversationStorage>,
  openJournal: () => Storage,
): JournaledStorage {
  /** With the keys of their notes, once they are noted. */
  const unwritten = new Map<Write, string | undefined>()
  const listeners: ((change: StorageChange) => void)[] = []
  const page = crypto.randomUUID()
  let noted = 0

  const opened = opening.then(async (storage) => {
    // What cannot be kept now is left to a visit that can.
    if (await storage.keeps())
      for (const key of notesOf(openJournal)) await redo(storage, key).catch(() => {})
    return storage
  })

  async function redo(storage: ConversationStorage, key: string) {
    const note = openJournal().getItem(key)
    const write = note === null ? undefined : parseWrite(note)
    if (write) await perform(storage, write)
    openJournal().removeItem(key)
    return write
  }

  const writing =
    <M extends Method>(method: M) =>
    async (...args: Parameters<ConversationStorage[M]>) => {
      const write = { method, args }
      unwritten.set(write, undefined)
      try {
        await perform(await opened, write)
      } finally {
        const key = unwritten.get(write)
        unwritten.delete(write)
        if (key !== undefined) openJournal().removeItem(key)
      }
    }

  return {
    keeps: async () => (await opened).keeps(),
    list: async () => (await opened).list(),
    messages: async (conversationId) => (await opened).messages(conversationId),
    message: async (conversationId, id) => (await opened).message(conversationId, id),
    allMessages: async () => (await opened).allMessages(),
    drafts: async () => (await opened).drafts(),
    draftAttachments: async () => (await opened).draftAttachments(),
    library: async () => (await opened).library(),
    lastBackupAt: async () => (await opened).lastBackupAt(),
    // A person who restores a backup waits to see how much was added.
    add: async (content) => (await opened).add(content),
    subscribe(listener) {
      listeners.push(listener)
      void opened.then((storage) => storage.subscribe(listener))
    },

    patch: writing('patch'),
    remove: writing('remove'),
    putMessages: writing('putMessages'),
    removeMessages: writing('removeMessages'),
    putDraft: writing('putDraft'),
    putDraftAttachments: writing('putDraftAttachments'),
    putLibrary: writing('putLibrary'),
    removeFromLibrary: writing('removeFromLibrary'),
    putLastBackupAt: writing('putLastBackupAt'),

    keepUnwritten() {
      for (const [write, knownKey] of unwritten) {
        if (knownKey !== undefined) continue
        const order = String(noted++).padStart(6, '0')
        const key = `${keyPrefix}${Date.now()}/${order}/${page}`
        try {
          openJournal().setItem(key, JSON.stringify(write, withUndefined))
          unwritten.set(write, key)
        } catch {
          // One that is too large for the journal leaves room for the others.
        }
      }
    },

    takeOver(key) {
      if (!key.startsWith(keyPrefix)) return
      const take = async () => {
        const write = await redo(await opened, key)
        for (const change of write ? changesOf(write) : [])
          for (const listener of listeners) listener(change)
      }
      void take().catch(() => {})
    },
  }
}

/** Keys of all notes, in the order in which they were made. */
function notesOf(openJournal: () => Storage): string[] {
  try {
    return Object.keys(openJournal())
      .filter((key) => key.startsWith(keyPrefix))
      .toSorted()
  } catch {
    return []
  }
}

/** What a write does is checked where it is read: its record may come from any version of the app. */
function perform(storage: ConversationStorage, { method, args }: Write): Promise<void> {
  const write = storage[method] as (...args: unknown[]) => Promise<void>
  return write(...args)
}

/** What a page that shows conversations has to know of a write that it did not ask for. */
function changesOf({ method, args }: Write): StorageChange[] {
  switch (method) {
    case 'patch':
    case 'remove':
      return [{ kind: 'list' }]
    case 'putMessages':
      return (args[0] as Message[]).map(({ conversationId, id }) => ({
        kind: 'messages',
        conversationId,
        messageIds: [id],
      }))
    case 'removeMessages':
      return [{ kind: 'messages', ...(args[0] as MessagesChange) }]
    case 'putLibrary':
    case 'removeFromLibrary':
      return [{ kind: 'library' }]
    case 'putDraft':
      return [{ kind: 'draft', key: args[0] as string, text: args[1] as string }]
    default:
      return []
  }
}

/** Stands for undefined, by which a patch takes a value away and which JSON does not know. */
const noValue = { isUndefined: true }

const withUndefined = (_key: string, value: unknown) => (value === undefined ? noValue : value)

function parseWrite(note: string): Write | undefined {
  let write: unknown
  try {
    write = JSON.parse(note, withoutNoValue)
  } catch {
    return undefined
  }
  if (!isObject(write) || !Array.isArray(write.args)) return undefined
  const method = methods.find((known) => known === write.method)
  return method && { method, args: write.args }
}

function withoutNoValue(_key: string, value: unknown) {
  if (isObject(value))
    for (const [name, inner] of Object.entries(value))
      if (isObject(inner) && inner.isUndefined === true) value[name] = undefined
  return value
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
