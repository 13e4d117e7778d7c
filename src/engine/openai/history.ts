import { renderConversation } from '../harmony/render'
import type { Tokenizer } from '../tokenizer/tokenizer'
import { toHarmony } from './chat-completions'
import type { ChatDelta, ChatRequest, ToolCall } from './types'

/** A request with the answer that it got: the conversation from which the next request goes on. */
export function withAnswer(request: ChatRequest, deltas: readonly ChatDelta[]): ChatRequest {
  const { continue_final_message: isContinued = false, ...rest } = request
  const messages = isContinued ? request.messages.slice(0, -1) : request.messages
  const begun = isContinued ? request.messages.at(-1) : undefined
  const text = { reasoning: '', commentary: '', content: '' }
  if (begun?.role === 'assistant') {
    text.reasoning = begun.reasoning ?? ''
    text.commentary = begun.commentary ?? ''
    text.content = begun.content
  }
  const calls: ToolCall[] = []
  for (const { tool_calls: called = [], ...written } of deltas) {
    for (const field of ['reasoning', 'commentary', 'content'] as const)
      text[field] += written[field] ?? ''
    for (const { index, id = '', function: part } of called) {
      calls[index] ??= { id, type: 'function', function: { name: '', arguments: '' } }
      calls[index].function.name += part.name ?? ''
      calls[index].function.arguments += part.arguments ?? ''
    }
  }
  const answer = {
    role: 'assistant' as const,
    ...text,
    ...(calls.length > 0 && { tool_calls: calls }),
  }
  return { ...rest, messages: [...messages, answer] }
}

/**
 * The tokens with which the prompt begins that goes on from a conversation: without the reasoning of
 * turns that are finished, which the model wrote but will not see again.
 */
export function historyTokens(conversation: ChatRequest, tokenizer: Tokenizer): number[] {
  return renderConversation(toHarmony(conversation), tokenizer, { mode: 'conversation' }).ids
}
