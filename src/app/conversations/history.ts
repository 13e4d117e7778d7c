import type { ChatMessage } from '../../engine/index'
import { questionText } from '../attachments/question-text'
import { seenMessages } from './context-window'
import type { Message } from './conversation'

/** What the model sees of a conversation; finished reasoning is dropped (spec section 7.6). */
export function toHistory(messages: readonly Message[]): ChatMessage[] {
  return seenMessages(messages)
    .filter((message) => message.role === 'user' || message.content !== '')
    .map((message) => ({ role: message.role, content: contentOf(message) }))
}

/** A question with its files, after the summary of what was said before it, where there is one. */
function contentOf(message: Message): string {
  if (message.role === 'assistant') return message.content
  const question = questionText(message)
  const summary = message.contextStart?.summary
  if (summary === undefined) return question
  return `Summary of our conversation before this message:\n\n${summary}\n\n---\n\n${question}`
}
