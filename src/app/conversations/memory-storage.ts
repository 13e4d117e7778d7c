import type { Attachment, Conversation, Message } from './conversation'
import type { LibraryItem } from './library'
import { type ConversationStorage, toRecord } from './storage'

/** Keeps conversations as long as the page lives: for browsers that refuse storage, and for tests. */
export function createMemoryStorage(): ConversationStorage {
  const conversations = new Map<string, Conversation>()
  const messages = new Map<string, Message>()
  const drafts = new Map<string, string>()
  const library = new Map<string, LibraryItem>()
  const draftAttachments = new Map<string, readonly Attachment[]>()
  let lastBackupAt: number | undefined
  const ofConversation = (id: string) =>
    [...messages.values()].filter((message) => message.conversationId === id)

  return {
    keeps: async () => false,
    list: async () => [...conversations.values()],

    async patch(id, patch) {
      const patched = { ...conversations.get(id), ...patch }
      if (patched.id === id) conversations.set(id, patched as Conversation)
    },

    async remove(ids) {
      for (const id of ids) {
        conversations.delete(id)
        drafts.delete(id)
        draftAttachments.delete(id)
        for (const message of ofConversation(id)) messages.delete(message.id)
      }
    },

    messages: async (conversationId) => ofConversation(conversationId),
    message: async (_conversationId, id) => messages.get(id),
    allMessages: async () => [...messages.values()],

    async putMessages(changed) {
      for (const message of changed) messages.set(message.id, toRecord(message))
    },

    async removeMessages({ messageIds }) {
      for (const id of messageIds) messages.delete(id)
    },

    drafts: async () => new Map(drafts),

    async putDraft(key, text) {
      if (text.trim() === '') drafts.delete(key)
      else drafts.set(key, text)
    },

    draftAttachments: async () => new Map(draftAttachments),

    async putDraftAttachments(key, attachments) {
      if (attachments.length === 0) draftAttachments.delete(key)
      else draftAttachments.set(key, attachments)
    },

    library: async () => [...library.values()],

    async putLibrary(items) {
      for (const item of items) library.set(item.id, item)
    },

    async removeFromLibrary(id) {
      library.delete(id)
    },

    async add(content) {
      const added = { conversations: 0, messages: 0, library: 0 }
      for (const conversation of content.conversations) {
        const known = conversations.get(conversation.id)
        if (known && known.deletedAt === undefined) continue
        conversations.set(conversation.id, conversation)
        added.conversations++
      }
      for (const message of content.messages) {
        if (messages.has(message.id)) continue
        messages.set(message.id, toRecord(message))
        added.messages++
      }
      for (const item of content.library) {
        if (library.has(item.id)) continue
        library.set(item.id, item)
        added.library++
      }
      return added
    },

    lastBackupAt: async () => lastBackupAt,
    async putLastBackupAt(at) {
      lastBackupAt = at
    },
    subscribe() {},
  }
}
