import { describe, expect, it } from 'vitest'
import type { ChatChunk, ChatRequest } from '../../engine/index'
import { type AnswerRun, hashPrompt } from '../conversations/answer-run'
import type { AssistantMessage, Message } from '../conversations/conversation'
import { writeTokens } from '../conversations/token-text'
import { makeShare, type ShareChoice } from './make-share'
import { replay, replayRequest } from './replay'
import type { SharedAnswer } from './share'
import { toConversation } from './take-over'

const prompt = [1, 2, 3]
const tokens = [10, 11, 12, 13, 14]

async function branch(): Promise<Message[]> {
  const run: AnswerRun = {
    date: '2026-02-28',
    promptHash: (await hashPrompt(prompt)) as string,
    sampling: { temperature: 1, top_p: 0.9, seed: 5 },
    tokens: writeTokens(tokens),
    reasoningTokens: 2,
  }
  const node = (index: number) => ({
    id: `m${index}`,
    conversationId: 'c',
    parentId: index === 0 ? null : `m${index - 1}`,
    activeChildId: null,
    createdAt: index,
  })
  const answer = (index: number, more: Partial<AssistantMessage>): AssistantMessage => ({
    ...node(index),
    role: 'assistant',
    stage: 'finished',
    model: 'mini',
    effort: 'low',
    temperature: 1,
    reasoning: 'a secret thought',
    commentary: '',
    content: `answer ${index}`,
    run,
    ...more,
  })
  return [
    { ...node(0), role: 'user', content: 'first' },
    answer(1, { instructions: 'Be brief.' }),
    { ...node(2), role: 'user', content: 'second' },
    answer(3, {}),
  ]
}

const all: ShareChoice = {
  first: 0,
  last: 3,
  promptOnly: false,
  reasoning: true,
  instructions: true,
  replay: true,
}
const fallback = { effort: 'medium' } as const

type Replayable = SharedAnswer & Required<Pick<SharedAnswer, 'run'>>

async function shared(choice: Partial<ShareChoice> = {}, index = 1) {
  const share = makeShare('title', await branch(), { ...all, ...choice }, fallback)
  return { share, answer: share.messages[index] as Replayable }
}

/** An engine that writes these tokens, one a chunk, from this prompt. */
function writing(ids: readonly number[], promptIds = prompt) {
  const requests: ChatRequest[] = []
  async function* chat(request: ChatRequest): AsyncGenerator<ChatChunk> {
    requests.push(request)
    for (const [index, id] of ids.entries())
      yield {
        object: 'chat.completion.chunk',
        id: 'a',
        created: 0,
        model: 'mini',
        choices: [{ index: 0, delta: { content: `${id} ` }, finish_reason: null, token_ids: [id] }],
        ...(index === 0 && { prompt_token_ids: promptIds }),
      }
  }
  return { chat, requests }
}

async function outcome(answer: Replayable, ids: readonly number[], promptIds = prompt) {
  const { chat } = writing(ids, promptIds)
  const { signal } = new AbortController()
  return replay(chat, { messages: [] }, answer, () => {}, signal)
}

describe('a replay', () => {
  it('asks as it was asked, on the same day, for as many tokens', async () => {
    const { share, answer } = await shared({}, 3)
    expect(replayRequest(share, 3, answer)).toEqual({
      temperature: 1,
      top_p: 0.9,
      seed: 5,
      messages: [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'answer 1' },
        { role: 'user', content: 'second' },
      ],
      reasoning_effort: 'low',
      max_tokens: 5,
      current_date: '2026-02-28',
      return_token_ids: true,
    })
    const first = await shared()
    expect(replayRequest(first.share, 1, first.answer).messages).toEqual([
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'first' },
    ])
  })

  it('tells whether every token is the same, or the first that is not', async () => {
    const { answer } = await shared()
    expect(await outcome(answer, tokens)).toEqual({ kind: 'same', tokens: 5 })
    const other = [10, 11, 99, 13, 14]
    const differs = { kind: 'differs', at: 2, expected: 12, got: 99 }
    expect(await outcome(answer, other)).toEqual(differs)
    const short = { kind: 'differs', at: 3, expected: 13, got: undefined }
    expect(await outcome(answer, tokens.slice(0, 3))).toEqual(short)
    expect(await outcome(answer, tokens, [1, 2, 4])).toEqual({ kind: 'other-prompt' })
  })

  it('compares what follows reasoning that is not shared, whose tokens are not either', async () => {
    const { share, answer } = await shared({ reasoning: false })
    expect(JSON.stringify(share)).not.toContain('secret')
    expect(answer.run.tokens).toBe(writeTokens(tokens.slice(2)))
    expect(replayRequest(share, 1, answer).max_tokens).toBe(5)
    expect(await outcome(answer, tokens)).toEqual({ kind: 'same', tokens: 5 })
    const differs = { kind: 'differs', at: 4, expected: 14, got: 15 }
    expect(await outcome(answer, [10, 11, 12, 13, 15])).toEqual(differs)
    expect(await outcome(answer, [10])).toEqual({
      kind: 'differs',
      at: 1,
      expected: 12,
      got: undefined,
    })
  })
})

describe('what is shared', () => {
  it('is a part, from which an answer that saw more cannot be replayed', async () => {
    const { share } = await shared({ first: 2 })
    expect(share.messages).toHaveLength(2)
    expect(share.messages[1]).toMatchObject({ noReplay: 'withheld' })
    const { share: withoutInstructions } = await shared({ instructions: false })
    expect(withoutInstructions.messages[1]).toMatchObject({ noReplay: 'withheld' })
    expect(JSON.stringify(withoutInstructions)).not.toContain('brief')
  })

  it('can be replayed from where the model’s view began', async () => {
    const messages = await branch()
    messages[2] = { ...messages[2], contextStart: { messages: 2, tokens: 9 } } as Message
    const share = makeShare('title', messages, { ...all, first: 2 }, fallback)
    expect(share.messages[0]).toMatchObject({ context: { messages: 2, tokens: 9 } })
    expect(share.messages[1]).toHaveProperty('run')
  })

  it('has no summary of messages that are left out, nor a replay of an answer that saw it', async () => {
    const messages = await branch()
    const contextStart = { messages: 2, tokens: 9, summary: 'We spoke of Paris.' }
    messages[2] = { ...messages[2], contextStart } as Message
    const part = makeShare('title', messages, { ...all, first: 2 }, fallback)
    expect(part.messages[0]).toMatchObject({ context: { messages: 2, tokens: 9 } })
    expect(JSON.stringify(part)).not.toContain('Paris')
    expect(part.messages[1]).toMatchObject({ noReplay: 'withheld' })
    const whole = makeShare('title', messages, all, fallback)
    expect(whole.messages[2]).toMatchObject({ context: contextStart })
    expect(whole.messages[3]).toHaveProperty('run')
  })

  it.each([
    [{ edited: true }, 'edited'],
    [{ remote: 'internal.example' }, 'server'],
    [{ run: undefined }, 'pieces'],
  ])('says why an answer with %o cannot be replayed', async (more, noReplay) => {
    const messages = await branch()
    messages[1] = { ...messages[1], ...more } as Message
    const share = makeShare('title', messages, all, fallback)
    expect(share.messages[1]).toMatchObject({ noReplay })
    expect(JSON.stringify(share)).not.toContain('internal')
  })

  it('has no run of no tokens, where an answer ended in the reasoning that is left out', async () => {
    const messages = await branch()
    const { run } = messages[1] as AssistantMessage
    messages[1] = { ...messages[1], run: { ...run, reasoningTokens: tokens.length } } as Message
    const share = makeShare('title', messages, { ...all, reasoning: false }, fallback)
    expect(share.messages[1]).toMatchObject({ noReplay: 'left-out' })
    expect(share.messages[1]).not.toHaveProperty('run')
    expect(makeShare('title', messages, all, fallback).messages[1]).toHaveProperty('run')
  })

  it('has no ids and no times', async () => {
    const { share } = await shared()
    expect(JSON.stringify(share)).not.toMatch(/"(id|parentId|createdAt|conversationId)"/)
  })

  it('may be a prompt alone', async () => {
    const { share } = await shared({ promptOnly: true })
    expect(share).toEqual({
      title: 'title',
      messages: [{ role: 'user', content: 'first' }],
      ask: { effort: 'low', instructions: 'Be brief.' },
    })
  })
})

describe('a share that is taken over', () => {
  it('is the conversation that it was, with what a replay takes where all of that is there', async () => {
    let count = 0
    const place = { newId: () => `n${count++}`, now: 100 }
    const { share } = await shared()
    const { conversation, messages } = toConversation(share, place)
    expect(conversation).toMatchObject({ title: 'title', activeChildId: 'n1' })
    const original = await branch()
    expect(messages.map(({ content }) => content)).toEqual(original.map(({ content }) => content))
    expect(messages.map(({ parentId }) => parentId)).toEqual([null, 'n1', 'n2', 'n3'])
    expect(messages[1]).toMatchObject({ run: (original[1] as AssistantMessage).run, seed: 5 })

    const { share: withheld } = await shared({ reasoning: false })
    expect(toConversation(withheld, place).messages[1]).not.toHaveProperty('run')
  })
})
