import { describe, expect, it } from 'vitest'
import { renderConversation } from '../harmony/render'
import { gptOssTokenizer } from '../testing/tokenizers'
import { toHarmony } from './chat-completions'
import { historyTokens, withAnswer } from './history'
import type { ChatDelta, ChatMessage, ChatRequest, ChatTool } from './types'

const tokenizer = gptOssTokenizer()
const day = { current_date: '2025-06-28' }

/** Expects that the next prompt begins with the history; returns what of it is new, as text. */
function expectPrefix(conversation: ChatRequest, next: ChatMessage): string {
  const history = historyTokens(conversation, tokenizer)
  const request = { ...conversation, messages: [...conversation.messages, next] }
  const prompt = renderConversation(toHarmony(request), tokenizer).ids
  expect(prompt.slice(0, history.length)).toEqual(history)
  const before = renderConversation(toHarmony(conversation), tokenizer, { mode: 'conversation' })
  const { text } = renderConversation(toHarmony(request), tokenizer)
  return text.slice(before.text.length)
}

const user = (content: string): ChatMessage => ({ role: 'user', content })
const next = '<|start|>user<|message|>and now?<|end|><|start|>assistant'

describe('the history of an answer', () => {
  it('is what the next prompt begins with, without the reasoning', () => {
    const deltas: ChatDelta[] = [
      { role: 'assistant', reasoning: 'they ' },
      { reasoning: 'greet' },
      { content: 'Hel' },
      { content: 'lo' },
      {},
    ]
    const earlier: ChatMessage[] = [
      { role: 'system', content: 'Be brief.' },
      user('hi'),
      { role: 'assistant', reasoning: 'r', content: 'hm' },
      user('hello?'),
    ]
    const conversation = withAnswer({ messages: earlier, ...day }, deltas)
    expect(conversation.messages.at(-1)).toEqual({
      role: 'assistant',
      reasoning: 'they greet',
      commentary: '',
      content: 'Hello',
    })
    expect(expectPrefix(conversation, user('and now?'))).toBe(next)
  })

  it('joins an answer that was continued with its beginning', () => {
    const begun = { role: 'assistant' as const, reasoning: 'easy', content: 'It is' }
    const conversation = withAnswer(
      { messages: [user('1+1?'), begun], continue_final_message: true, ...day },
      [{ role: 'assistant', content: ' two' }],
    )
    expect(conversation.messages).toEqual([
      user('1+1?'),
      { role: 'assistant', reasoning: 'easy', commentary: '', content: 'It is two' },
    ])
    expect(conversation.continue_final_message).toBeUndefined()
    expect(expectPrefix(conversation, user('and now?'))).toBe(next)
  })

  it('keeps the reasoning before a tool call, whose result comes next', () => {
    const weather: ChatTool = { type: 'function', function: { name: 'get_weather' } }
    const conversation = withAnswer({ messages: [user('Rain?')], tools: [weather], ...day }, [
      { role: 'assistant', reasoning: 'look it up' },
      { tool_calls: [{ index: 0, id: 'c', function: { name: 'get_weather', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '"Rome"}' } }] },
    ])
    const result = { role: 'tool' as const, tool_call_id: 'c', content: 'no' }
    expect(expectPrefix(conversation, result)).toBe(
      '<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>no<|end|><|start|>assistant',
    )
  })
})
