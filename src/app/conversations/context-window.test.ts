import { describe, expect, it } from 'vitest'
import {
  answerRoom,
  chooseContextStart,
  contextLevel,
  lastMessagesThatFit,
  seenMessages,
} from './context-window'
import type { AssistantMessage, Message, UserMessage } from './conversation'

/** Questions and answers in turn, each as many tokens long as its number says. */
function branch(...lengths: number[]): Message[] {
  return lengths.map((length, index) => {
    const node = {
      id: `m${index}`,
      conversationId: 'c',
      parentId: index === 0 ? null : `m${index - 1}`,
      activeChildId: null,
      createdAt: index,
      content: 'x'.repeat(length),
    }
    if (index % 2 === 0) return { ...node, role: 'user' } satisfies UserMessage
    const asked = { stage: 'finished', model: 'm', effort: 'low', temperature: 0 } as const
    const text = { reasoning: '', commentary: '' }
    return { ...node, role: 'assistant', ...asked, ...text } satisfies AssistantMessage
  })
}

/** Ten tokens of instructions and what the messages have. */
const count = async (messages: readonly Message[]) =>
  messages.reduce((sum, { content }) => sum + content.length, 10)

const startingAt = (messages: readonly Message[], index: number): Message[] =>
  messages.map((message, at) =>
    at === index && message.role === 'user'
      ? { ...message, contextStart: { messages: index, tokens: 1 } }
      : message,
  )

describe('contextLevel', () => {
  const level = (used: number, contextTokens: number) =>
    contextLevel({ instructions: 70, history: used - 70, message: 0, contextTokens })

  it('is high from four fifths on, and full where no room for an answer is left', () => {
    expect(level(6553, 8192)).toBe('calm')
    expect(level(6554, 8192)).toBe('high')
    expect(level(8192 - 256, 8192)).toBe('high')
    expect(level(8192 - 255, 8192)).toBe('full')
  })

  it('leaves a sixteenth of a small context', () => {
    expect(answerRoom(160)).toBe(10)
    expect(level(150, 160)).toBe('high')
    expect(level(151, 160)).toBe('full')
  })
})

describe('seenMessages', () => {
  it('are all, or those from the last start on', () => {
    const messages = branch(1, 1, 1, 1, 1)
    expect(seenMessages(messages)).toEqual(messages)
    const twice = startingAt(startingAt(messages, 2), 4)
    expect(seenMessages(twice)).toEqual(twice.slice(4))
  })
})

describe('chooseContextStart', () => {
  it('leaves out the fewest messages after which half of the context is free', async () => {
    // 10 + 20 + 20 + 20 + 20 + 30 = 120; without the first turn 80, without the second 40.
    const messages = branch(20, 20, 20, 20, 30)
    expect(await chooseContextStart(messages, count, 160)).toEqual({ messages: 2, tokens: 40 })
    expect(await chooseContextStart(messages, count, 158)).toEqual({ messages: 4, tokens: 80 })
  })

  it('leaves the last question, however long it is', async () => {
    expect(await chooseContextStart(branch(20, 20, 900), count, 100)).toMatchObject({ messages: 2 })
    expect(await chooseContextStart(branch(900), count, 100)).toBeUndefined()
    expect(await chooseContextStart(branch(900, 20), count, 100)).toBeUndefined()
  })

  it('counts a few times only, however long the conversation is', async () => {
    let counted = 0
    const messages = branch(...Array.from({ length: 1001 }, () => 10))
    const start = await chooseContextStart(
      messages,
      (some) => {
        counted++
        return count(some)
      },
      4000,
    )
    // 199 messages of 10 tokens and the instructions: with the turn before it would be 2020.
    expect(start?.messages).toBe(1001 - 199)
    expect(counted).toBeLessThan(14)
  })
})

describe('lastMessagesThatFit', () => {
  it('begin with a question', async () => {
    const messages = branch(20, 20, 20, 20)
    expect(await lastMessagesThatFit(messages, count, 90)).toEqual(messages)
    expect(await lastMessagesThatFit(messages, count, 89)).toEqual(messages.slice(2))
    expect(await lastMessagesThatFit(messages, count, 1)).toEqual(messages.slice(2))
  })
})
