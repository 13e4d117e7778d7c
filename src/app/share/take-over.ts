import type { Conversation, Message } from '../conversations/conversation'
import type { Share, SharedAnswer } from './share'

/** Ids that nobody has yet, and the time. */
export interface Place {
  newId: () => string
  now: number
}

/** A share as a conversation of one's own, to go on with. */
export function toConversation(
  { title, messages, ask }: Share,
  { newId, now }: Place,
): { conversation: Conversation; messages: Message[] } {
  const conversationId = newId()
  const ids = messages.map(newId)
  const last = messages.findLast((message): message is SharedAnswer => message.role === 'assistant')
  const { instructions, sampling } = ask ?? last ?? {}
  return {
    conversation: {
      id: conversationId,
      title,
      createdAt: now,
      updatedAt: now,
      pinned: false,
      activeChildId: ids[0] ?? null,
      ...(instructions && { instructions }),
      ...(sampling && { sampling }),
    },
    messages: messages.map((message, index): Message => {
      const node = {
        id: ids[index] as string,
        conversationId,
        parentId: ids[index - 1] ?? null,
        activeChildId: ids[index + 1] ?? null,
        createdAt: now + index,
      }
      if (message.role === 'user') {
        const { context, ...question } = message
        return {
          ...node,
          ...question,
          ...(context && { contextStart: context }),
        }
      }
      const { noReplay: _, run, reasoning = '', commentary = '', ...answer } = message
      const isWhole = run && (message.reasoning !== undefined || run.reasoningTokens === 0)
      return {
        ...node,
        ...answer,
        stage: 'finished',
        reasoning,
        commentary,
        ...(isWhole && { run, seed: run.sampling.seed }),
      }
    }),
  }
}
