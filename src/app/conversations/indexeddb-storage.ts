import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { type Attachment, parseAttachments, parseConversation, parseMessage } from './conversation'
import { parseLibraryItem } from './library'
import { type ConversationStorage, type StorageChange, toRecord } from './storage'

/** Records are read with care: whoever wrote them may have been another version of the app. */
interface Schema extends DBSchema {
  conversations: { key: string; value: unknown }
  /** Keyed by conversation and message, so that those of one conversation lie side by side. */
  messages: { key: [conversationId: string, id: string]; value: unknown }
  /**
   * A draft's text by its key; its files, which change seldom and may be large, by [key, 'files'],
   * where versions of the app that know of no files do not look.
   */
  drafts: { key: string | FilesKey; value: unknown }
  facts: { key: 'lastBackupAt'; value: unknown }
  /** Since version 2. */
  library: { key: string; value: unknown }
}

type FilesKey = [draftKey: string, 'files']

const databaseName = 'alcove-chats'
const databaseVersion = 2

/**
 * Keeps conversations in IndexedDB, apart from the weights, which are deleted now and then.
 * @throws DOMException where the browser refuses storage
 */
export async function openIndexedDbStorage(): Promise<ConversationStorage> {
  const db: IDBPDatabase<Schema> = await openDB<Schema>(databaseName, databaseVersion, {
    upgrade(db, versionBefore) {
      if (versionBefore < 1) {
        db.createObjectStore('conversations', { keyPath: 'id' })
        db.createObjectStore('messages', { keyPath: ['conversationId', 'id'] })
        db.createObjectStore('drafts')
        db.createObjectStore('facts')
      }
      if (versionBefore < 2) db.createObjectStore('library', { keyPath: 'id' })
    },
    // A newer version of the app in another tab waits for this one to let go.
    blocking: () => db.close(),
  })
  const channel = new BroadcastChannel(databaseName)
  const tell = (change: StorageChange) => channel.postMessage(change)

  return {
    keeps: async () => true,

    async list() {
      return sound(await db.getAll('conversations'), parseConversation)
    },

    async patch(id, patch) {
      const { store, done } = db.transaction('conversations', 'readwrite')
      const record = { ...((await store.get(id)) as object | undefined), ...patch }
      // A patch for what another tab has removed for good comes too late.
      if (sound([record], parseConversation).length > 0) await store.put(record)
      await done
      tell({ kind: 'list' })
    },

    async remove(ids) {
      const transaction = db.transaction(['conversations', 'messages', 'drafts'], 'readwrite')
      for (const id of ids) {
        transaction.objectStore('conversations').delete(id)
        transaction.objectStore('messages').delete(ofConversation(id))
        transaction.objectStore('drafts').delete(id)
        transaction.objectStore('drafts').delete(filesKey(id))
      }
      await transaction.done
      tell({ kind: 'list' })
    },

    async messages(conversationId) {
      return sound(await db.getAll('messages', ofConversation(conversationId)), parseMessage)
    },

    async message(conversationId, id) {
      return sound([await db.get('messages', [conversationId, id])], parseMessage)[0]
    },

    async allMessages() {
      return sound(await db.getAll('messages'), parseMessage)
    },

    async putMessages(messages) {
      const transaction = db.transaction('messages', 'readwrite')
      for (const message of messages) transaction.store.put(toRecord(message))
      await committed(transaction)
      for (const conversationId of new Set(messages.map((message) => message.conversationId))) {
        const ofOne = messages.filter((message) => message.conversationId === conversationId)
        tell({ kind: 'messages', conversationId, messageIds: ofOne.map(({ id }) => id) })
      }
    },

    async removeMessages({ conversationId, messageIds }) {
      const { store, done } = db.transaction('messages', 'readwrite')
      for (const id of messageIds) store.delete([conversationId, id])
      await done
      tell({ kind: 'messages', conversationId, messageIds })
    },

    async drafts() {
      const { store } = db.transaction('drafts')
      const [keys, texts] = await Promise.all([store.getAllKeys(), store.getAll()])
      const drafts = keys.map((key, index) => [key, texts[index]] as const)
      return new Map(drafts.filter((draft): draft is [string, string] => isText(draft[1])))
    },

    async draftAttachments() {
      const { store } = db.transaction('drafts')
      const [keys, records] = await Promise.all([store.getAllKeys(), store.getAll()])
      const drafts = new Map<string, readonly Attachment[]>()
      for (const [index, key] of keys.entries())
        if (typeof key !== 'string')
          for (const files of sound([records[index]], parseAttachments)) drafts.set(key[0], files)
      return drafts
    },

    async putDraftAttachments(key, attachments) {
      const transaction = db.transaction('drafts', 'readwrite')
      if (attachments.length === 0) transaction.store.delete(filesKey(key))
      else transaction.store.put(attachments, filesKey(key))
      await committed(transaction)
    },

    async putDraft(key, text) {
      const transaction = db.transaction('drafts', 'readwrite')
      if (text.trim() === '') transaction.store.delete(key)
      else transaction.store.put(text, key)
      await committed(transaction)
    },

    async library() {
      return sound(await db.getAll('library'), parseLibraryItem)
    },

    async putLibrary(items) {
      const transaction = db.transaction('library', 'readwrite')
      for (const item of items) transaction.store.put(item)
      await committed(transaction)
      tell({ kind: 'library' })
    },

    async removeFromLibrary(id) {
      await db.delete('library', id)
      tell({ kind: 'library' })
    },

    async add({ conversations, messages, library }) {
      const transaction = db.transaction(['conversations', 'messages', 'library'], 'readwrite')
      const list = transaction.objectStore('conversations')
      const all = transaction.objectStore('messages')
      const items = transaction.objectStore('library')
      const added = { conversations: 0, messages: 0, library: 0 }
      for (const conversation of conversations) {
        const [known] = sound([await list.get(conversation.id)], parseConversation)
        if (known && known.deletedAt === undefined) continue
        list.put(conversation)
        added.conversations++
      }
      for (const message of messages) {
        if ((await all.getKey([message.conversationId, message.id])) !== undefined) continue
        all.put(toRecord(message))
        added.messages++
      }
      for (const item of library) {
        if ((await items.getKey(item.id)) !== undefined) continue
        items.put(item)
        added.library++
      }
      await transaction.done
      tell({ kind: 'list' })
      tell({ kind: 'library' })
      return added
    },

    async lastBackupAt() {
      const at = await db.get('facts', 'lastBackupAt')
      return typeof at === 'number' ? at : undefined
    },

    async putLastBackupAt(at) {
      await db.put('facts', at, 'lastBackupAt')
    },

    subscribe(listener) {
      channel.addEventListener('message', (event) => listener(event.data as StorageChange))
    },
  }
}

/**
 * Asks for the commit at once, without waiting to see whether more is to come: a page that is going
 * away will not be there to ask.
 */
function committed(transaction: { commit(): void; done: Promise<void> }): Promise<void> {
  transaction.commit()
  return transaction.done
}

const isText = (value: unknown) => typeof value === 'string'

const filesKey = (draftKey: string): FilesKey => [draftKey, 'files']

/** All keys [conversationId, …]: an array sorts after every string. */
const ofConversation = (conversationId: string) =>
  IDBKeyRange.bound([conversationId], [conversationId, []])

/** The records that can be read; the others stay where they are, for the version that can. */
function sound<T>(records: readonly unknown[], parse: (record: unknown) => T): T[] {
  return records.flatMap((record) => {
    try {
      return [parse(record)]
    } catch {
      return []
    }
  })
}
