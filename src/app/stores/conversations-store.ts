import { createStore, type StoreApi } from 'zustand/vanilla'
import { backupBytesMax, readBackup, writeBackup } from '../conversations/backup'
import { InvalidRecord } from '../conversations/checks'
import type { Conversation, Message } from '../conversations/conversation'
import type { LibraryItem } from '../conversations/library'
import { toMarkdown } from '../conversations/markdown-export'
import { createSearch, type SearchHit } from '../conversations/search'
import type { Added, ConversationStorage } from '../conversations/storage'
import { shownBranch } from '../conversations/tree'
import { t } from '../i18n/t'

export interface ConversationsState {
  /** Newest first, without deleted ones; undefined until they are read. */
  conversations: readonly Conversation[] | undefined
  /** Texts not yet sent, by conversation id. */
  drafts: ReadonlyMap<string, string>
  /** False where the browser keeps nothing for this page. */
  keeps: boolean
  /** Whether the last write was refused, as by a full disk; the next that succeeds ends it. */
  saveFailed: boolean
  lastBackupAt: number | undefined

  /** Reads the list, once. What was deleted in an earlier visit is removed for good. */
  start(): Promise<void>
  begin(conversation: Conversation): void
  /** Changes what is known of a conversation; does nothing for one that the list, once read, lacks. */
  change(id: string, patch: Partial<Conversation>): void
  /** Gives the title; blank text leaves the old one. */
  rename(id: string, title: string): void
  /** Takes a conversation from the list; `restore` brings it back until the next visit. */
  remove(id: string): void
  restore(id: string): void
  setDraft(key: string, text: string): void
  /** Writes the drafts that wait to be written. */
  flush(): Promise<void>
  noteSaved(succeeded: boolean): void
  /** The text of a backup of everything; notes that there is one now. */
  backUp(): Promise<string>
  /**
   * Adds what a backup file has and this browser does not; returns how many were added of each.
   * @throws InvalidRecord with the reason, and nothing is added
   */
  restoreBackup(file: Blob): Promise<Added>
  /** Keeps a conversation that came from elsewhere, as by a shared link. */
  adopt(conversation: Conversation, messages: readonly Message[]): Promise<void>
  /** The shown branch of a conversation; undefined where there is no such conversation. */
  branchOf(id: string): Promise<readonly Message[] | undefined>
  /** The same as a Markdown document. */
  markdownOf(id: string): Promise<string | undefined>
  /** Reads all messages, and resolves to a search over them. */
  openSearch(): Promise<(query: string) => SearchHit[]>
  /** Reads the list again, as after another tab changed it. */
  refresh(): Promise<void>
}

export type ConversationsStore = StoreApi<ConversationsState>

/** How long another tab may still want to undo a deletion. */
const undoMs = 60_000
const draftDelayMs = 400

/** The list of conversations. Changes show at once and are written behind. */
export function createConversationsStore(
  storage: ConversationStorage,
  now: () => number,
): ConversationsStore {
  /** Deleted ones of this visit, to be restored. */
  const removed = new Map<string, Conversation>()
  /** Keys of drafts that were changed since they were last written. */
  const unsavedDrafts = new Set<string>()
  let started: Promise<void> | undefined
  /** Counts changes to the list, for whoever reads it meanwhile. */
  let changes = 0
  let draftTimer: ReturnType<typeof setTimeout> | undefined

  return createStore<ConversationsState>()((set, get) => {
    async function note(writing: Promise<unknown>) {
      try {
        await writing
        get().noteSaved(true)
      } catch {
        get().noteSaved(false)
      }
    }

    /** What cannot be written now is tried again with the next draft. */
    async function writeDraft(key: string) {
      try {
        await storage.putDraft(key, get().drafts.get(key) ?? '')
      } catch (error) {
        unsavedDrafts.add(key)
        throw error
      }
    }

    function place(conversation: Conversation) {
      const others = get().conversations?.filter(({ id }) => id !== conversation.id) ?? []
      set({ conversations: [...others, conversation].sort(newestFirst) })
    }

    /** All conversations; read again where they were changed here meanwhile. */
    async function read(): Promise<Conversation[]> {
      const before = changes
      const all = await storage.list()
      return changes === before ? all : read()
    }

    async function start() {
      storage.subscribe((change) => {
        if (change.kind === 'list') void get().refresh()
        // What is typed here is newer.
        if (change.kind === 'draft' && !get().drafts.has(change.key))
          set({ drafts: new Map(get().drafts).set(change.key, change.text) })
      })
      const [keeps, drafts, lastBackupAt] = await Promise.all([
        storage.keeps(),
        storage.drafts(),
        storage.lastBackupAt(),
      ])
      const all = await read()
      const begun = get().conversations ?? []
      const known = new Set(begun.map(({ id }) => id))
      const here = all.filter(({ id, deletedAt }) => deletedAt === undefined && !known.has(id))
      set({
        conversations: [...begun, ...here].sort(newestFirst),
        // What was typed while the list was read is newer.
        drafts: new Map([...drafts, ...get().drafts]),
        keeps,
        lastBackupAt,
      })
      const gone = all.filter(({ deletedAt }) => deletedAt && deletedAt < now() - undoMs)
      if (gone.length > 0) await note(storage.remove(gone.map(({ id }) => id)))
    }

    return {
      conversations: undefined,
      drafts: new Map(),
      keeps: true,
      saveFailed: false,
      lastBackupAt: undefined,

      start() {
        started ??= start()
        return started
      },
      begin(conversation) {
        place(conversation)
        changes++
        void note(storage.patch(conversation.id, conversation))
      },

      change(id, patch) {
        const { conversations } = get()
        const conversation = conversations?.find((known) => known.id === id)
        if (conversation) place({ ...conversation, ...patch })
        else if (conversations) return
        changes++
        void note(storage.patch(id, patch))
      },

      rename(id, title) {
        if (title.trim() !== '') get().change(id, { title: title.trim().slice(0, 200) })
      },

      remove(id) {
        const conversation = get().conversations?.find((known) => known.id === id)
        if (conversation === undefined) return
        changes++
        removed.set(id, conversation)
        set({ conversations: get().conversations?.filter((known) => known.id !== id) })
        void note(storage.patch(id, { deletedAt: now() }))
      },

      restore(id) {
        const conversation = removed.get(id)
        if (conversation === undefined) return
        removed.delete(id)
        place(conversation)
        changes++
        void note(storage.patch(id, { ...conversation, deletedAt: undefined }))
      },

      setDraft(key, text) {
        const drafts = new Map(get().drafts)
        if (text === '') drafts.delete(key)
        else drafts.set(key, text)
        set({ drafts })
        unsavedDrafts.add(key)
        draftTimer ??= setTimeout(() => void get().flush(), draftDelayMs)
      },

      async flush() {
        clearTimeout(draftTimer)
        draftTimer = undefined
        if (unsavedDrafts.size === 0) return
        const unsaved = [...unsavedDrafts]
        unsavedDrafts.clear()
        await note(Promise.all(unsaved.map(writeDraft)))
      },

      noteSaved(succeeded) {
        if (get().saveFailed === succeeded) set({ saveFailed: !succeeded })
      },

      async backUp() {
        const [all, messages, library] = await Promise.all([
          storage.list(),
          storage.allMessages(),
          storage.library(),
        ])
        const conversations = all.filter(({ deletedAt }) => deletedAt === undefined)
        const kept = new Set(conversations.map(({ id }) => id))
        const ofKept = messages.filter(({ conversationId }) => kept.has(conversationId))
        const at = now()
        const text = writeBackup({ conversations, messages: ofKept, library }, new Date(at))
        set({ lastBackupAt: at })
        await note(storage.putLastBackupAt(at))
        return text
      },

      async restoreBackup(file) {
        if (file.size > backupBytesMax)
          throw new InvalidRecord(t('it is larger than 100 MB, the most that is read'))
        const content = readBackup(await file.text())
        const here = await storage.library()
        const added = await storage.add({
          ...content,
          // New chats go on to begin with the persona that was chosen here.
          library: here.some(isDefault) ? content.library.map(notDefault) : content.library,
        })
        await get().refresh()
        return added
      },

      async adopt(conversation, messages) {
        await (await storage).add({ conversations: [conversation], messages, library: [] })
        await get().refresh()
      },

      async branchOf(id) {
        const conversation = get().conversations?.find((known) => known.id === id)
        if (conversation === undefined) return undefined
        const messages = await storage.messages(id)
        const tree = new Map(messages.map((message) => [message.id, message]))
        return shownBranch(tree, conversation.activeChildId).messages
      },

      async markdownOf(id) {
        const branch = await get().branchOf(id)
        const conversation = get().conversations?.find((known) => known.id === id)
        return branch && conversation && toMarkdown(conversation, branch)
      },

      async openSearch() {
        const messages = await storage.allMessages()
        return createSearch(get().conversations ?? [], messages)
      },

      async refresh() {
        const all = await read()
        const here = all.filter(({ deletedAt }) => deletedAt === undefined)
        set({ conversations: here.sort(newestFirst) })
      },
    }
  })
}

const isDefault = (item: LibraryItem) => item.kind === 'persona' && item.isDefault

const notDefault = (item: LibraryItem): LibraryItem =>
  item.kind === 'persona' ? { ...item, isDefault: false } : item

const newestFirst = (a: Conversation, b: Conversation) => b.updatedAt - a.updatedAt
