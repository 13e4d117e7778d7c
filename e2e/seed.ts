import type { Page } from '@playwright/test'
import type { Conversation, Message } from '../src/app/conversations/conversation'

export interface Turn {
  question: string
  reasoning?: string
  answer: string
  /** The version of the answer that `answer` replaced. */
  earlierAnswer?: string
}

/**
 * Writes chats into the storage that the page has made; who opens the page next finds them, the last
 * one as the newest.
 * @returns their ids
 */
export async function seedChats(page: Page, chats: readonly (readonly Turn[])[]) {
  const { conversations, messages } = recordsOf(chats)
  await page.evaluate(
    async (records) => {
      const opened = indexedDB.open('alcove-chats')
      await new Promise((resolve) => {
        opened.onsuccess = resolve
      })
      const stores = Object.keys(records) as (keyof typeof records)[]
      const transaction = opened.result.transaction(stores, 'readwrite')
      for (const store of stores)
        for (const record of records[store]) transaction.objectStore(store).put(record)
      await new Promise((resolve) => {
        transaction.oncomplete = resolve
      })
      opened.result.close()
    },
    { conversations, messages },
  )
  return conversations.map(({ id }) => id)
}

/** The records of chats, the last one as the newest; each is called by its first question. */
export function recordsOf(chats: readonly (readonly Turn[])[]) {
  const ids = chats.map(() => crypto.randomUUID())
  const conversations = ids.map((id, index): Conversation => {
    const title = chats[index]?.[0]?.question ?? ''
    const updatedAt = Date.now() + index
    return { id, title, createdAt: updatedAt, updatedAt, pinned: false, activeChildId: null }
  })
  return { conversations, messages: ids.flatMap((id, index) => messagesOf(id, chats[index] ?? [])) }
}

function messagesOf(conversationId: string, turns: readonly Turn[]): Message[] {
  const messages: Message[] = []
  /** A message that follows another; of messages that follow the same one, the last is shown. */
  const node = (parentId: string | null) => {
    const id = crypto.randomUUID()
    return { id, conversationId, parentId, activeChildId: null, createdAt: messages.length }
  }
  let parentId: string | null = null
  for (const { question, reasoning = '', answer, earlierAnswer } of turns) {
    const asked: Message = { ...node(parentId), role: 'user', content: question }
    messages.push(asked)
    for (const content of [earlierAnswer, answer]) {
      if (content === undefined) continue
      const answered: Message = {
        ...node(asked.id),
        role: 'assistant',
        stage: 'finished',
        finishReason: 'stop',
        model: 'gpt-oss-mini',
        effort: 'medium',
        temperature: 1,
        reasoning,
        commentary: '',
        content,
      }
      messages.push(answered)
      parentId = answered.id
    }
  }
  return messages
}
