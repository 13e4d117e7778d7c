import { t } from '../i18n/t'
import { InvalidRecord, isRecord } from './checks'
import { type Conversation, type Message, parseConversation, parseMessage } from './conversation'
import { type LibraryItem, parseLibraryItem } from './library'
import type { Content } from './storage'

const format = 'alcove-chats'
const version = 1

/** More than anybody writes; reading it all at once is still bearable. */
export const backupBytesMax = 100_000_000

/** The text of a backup file. */
export function writeBackup({ conversations, messages, library }: Content, at: Date): string {
  const messagesOf = new Map<string, object[]>()
  for (const { conversationId, ...message } of messages) {
    const ofOne = messagesOf.get(conversationId) ?? []
    messagesOf.set(conversationId, ofOne)
    ofOne.push(message)
  }
  return JSON.stringify({
    format,
    version,
    exportedAt: at.toISOString(),
    conversations: conversations.map((conversation) => ({
      ...conversation,
      messages: messagesOf.get(conversation.id) ?? [],
    })),
    library,
  })
}

/**
 * Reads a backup file, which anybody may have made. Nothing of it is taken unless all of it is
 * sound, and of each record only what the app knows.
 * @throws InvalidRecord with the reason
 */
export function readBackup(text: string): Content {
  const file = parseJson(text)
  if (!isRecord(file) || file.format !== format)
    throw new InvalidRecord(t('it is not a backup of Alcove’s chats'))
  if (file.version !== version)
    throw new InvalidRecord(
      t('it is of version {{theirs}}, and this app reads version {{ours}}', {
        theirs: JSON.stringify(file.version) ?? '–',
        ours: version,
      }),
    )
  if (!Array.isArray(file.conversations))
    throw new InvalidRecord(t('its conversations are not a list'))

  const conversations = new Map<string, Conversation>()
  const messages = new Map<string, Message>()
  for (const entry of file.conversations as unknown[]) {
    const { deletedAt: _, ...conversation } = parseConversation(entry)
    if (conversations.has(conversation.id))
      throw new InvalidRecord(t('two conversations have the same id'))
    conversations.set(conversation.id, conversation)
    const entries = (entry as { messages?: unknown }).messages
    if (!Array.isArray(entries))
      throw new InvalidRecord(t('a conversation’s messages are not a list'))
    const ofOne = new Map<string, Message>()
    for (const entry of entries as unknown[]) {
      const record = isRecord(entry) ? { ...entry, conversationId: conversation.id } : entry
      const message = ended(parseMessage(record))
      if (messages.has(message.id)) throw new InvalidRecord(t('two messages have the same id'))
      messages.set(message.id, message)
      ofOne.set(message.id, message)
    }
    checkTree(ofOne)
  }
  return {
    conversations: [...conversations.values()],
    messages: [...messages.values()],
    library: readLibrary(file.library),
  }
}

/** Personas and templates; backups of earlier versions have none. */
function readLibrary(value: unknown = []): LibraryItem[] {
  if (!Array.isArray(value)) throw new InvalidRecord(t('its personas and templates are not a list'))
  const items = new Map<string, LibraryItem>()
  for (const entry of value as unknown[]) {
    const item = parseLibraryItem(entry)
    if (items.has(item.id)) throw new InvalidRecord(t('two personas or templates have the same id'))
    items.set(item.id, item)
  }
  return [...items.values()]
}

/** Keys by which a file could reach beyond its own objects. */
const hostileKeys = ['__proto__', 'constructor', 'prototype']

function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new InvalidRecord(t('it is not JSON'))
  }
  refuseHostileKeys(value)
  return value
}

/**
 * Looks after parsing, and not while: pdf.js, once it has come, puts its own `JSON.parse` in the place
 * of an older engine's, which takes seconds for a large file with a function to call.
 * @throws InvalidRecord
 */
function refuseHostileKeys(value: unknown) {
  const rest = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next !== 'object' || next === null) continue
    for (const [key, inner] of Object.entries(next)) {
      if (hostileKeys.includes(key))
        throw new InvalidRecord(t('it has a key named {{key}}', { key }))
      rest.push(inner)
    }
  }
}

/** Nobody is writing an answer that comes out of a file. */
function ended(message: Message): Message {
  if (message.role === 'user' || message.stage === 'finished') return message
  return { ...message, stage: 'interrupted' }
}

/** @throws InvalidRecord unless every message leads up to a first one */
function checkTree(messages: ReadonlyMap<string, Message>) {
  const sound = new Set<string>()
  for (const message of messages.values()) {
    const path: string[] = []
    let at: Message | undefined = message
    while (at && !sound.has(at.id)) {
      if (path.length > messages.size)
        throw new InvalidRecord(t('its messages go round in a circle'))
      path.push(at.id)
      if (at.parentId === null) break
      at = messages.get(at.parentId)
      if (at === undefined) throw new InvalidRecord(t('a message follows one that is not there'))
    }
    for (const id of path) sound.add(id)
  }
}
