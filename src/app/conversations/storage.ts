import type { Attachment, Conversation, Message } from './conversation'
import type { LibraryItem } from './library'

/** Messages of one conversation that were written or removed. */
export interface MessagesChange {
  conversationId: string
  messageIds: readonly string[]
}

/** What another tab, or a page that has gone, has changed. */
export type StorageChange =
  | { kind: 'list' }
  | { kind: 'draft'; key: string; text: string }
  | { kind: 'library' }
  | ({ kind: 'messages' } & MessagesChange)

/** All that a backup holds and brings back, all branches included. */
export interface Content {
  conversations: readonly Conversation[]
  messages: readonly Message[]
  library: readonly LibraryItem[]
}

/** How many of each were added. */
export type Added = { [kind in keyof Content]: number }

/** Key of the draft that belongs to no conversation yet. */
export const newChatDraft = 'new'
/** Key of the draft that holds, as JSON, the settings chosen for the chat that begins next. */
export const newChatSettingsDraft = 'new-settings'

/**
 * Where conversations rest. Every method is one transaction: it happens whole or not at all.
 *
 * Two tabs may write at once. They meet in single messages only, whose last writer wins; all of a
 * conversation that can change is patched, never written back from an older reading.
 */
export interface ConversationStorage {
  /** False where the browser keeps nothing for this page, and all is gone with it. */
  keeps(): Promise<boolean>
  /** All conversations, deleted ones included, without their messages. */
  list(): Promise<Conversation[]>
  /** Changes a conversation; begins it where there is none and the patch is complete. */
  patch(id: string, patch: Partial<Conversation>): Promise<void>
  /** Removes conversations with all that belongs to them. */
  remove(ids: readonly string[]): Promise<void>

  messages(conversationId: string): Promise<Message[]>
  message(conversationId: string, id: string): Promise<Message | undefined>
  /** Messages of all conversations. */
  allMessages(): Promise<Message[]>
  putMessages(messages: readonly Message[]): Promise<void>
  removeMessages(change: MessagesChange): Promise<void>

  /** Texts not yet sent, by conversation. */
  drafts(): Promise<Map<string, string>>
  /** Blank text removes the draft. */
  putDraft(key: string, text: string): Promise<void>

  /** Files that wait to go with the next question, by conversation. */
  draftAttachments(): Promise<Map<string, readonly Attachment[]>>
  /** An empty list removes them. */
  putDraftAttachments(key: string, attachments: readonly Attachment[]): Promise<void>

  /** Personas and templates. */
  library(): Promise<LibraryItem[]>
  putLibrary(items: readonly LibraryItem[]): Promise<void>
  removeFromLibrary(id: string): Promise<void>

  /**
   * Adds what is not there yet, or was deleted, and leaves alone what is; returns how many of each
   * were added.
   */
  add(content: Content): Promise<Added>

  lastBackupAt(): Promise<number | undefined>
  putLastBackupAt(at: number): Promise<void>

  /** Calls back for what other tabs change. */
  subscribe(listener: (change: StorageChange) => void): void
}

/** A message as it is kept: an error is news of this page alone, and leaves an unfinished answer. */
export function toRecord(message: Message): Message {
  if (message.role === 'user' || message.error === undefined) return message
  const { error: _, ...rest } = message
  return { ...rest, stage: 'interrupted' }
}
