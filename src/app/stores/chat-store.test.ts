import { describe, expect, it, vi } from 'vitest'
import { EngineError, type EngineErrorData } from '../../engine/errors'
import type { ChatChunk, ChatDelta, ChatRequest, Engine, FinishReason } from '../../engine/index'
import type { AnswerLocks } from '../conversations/answer-locks'
import { hashPrompt } from '../conversations/answer-run'
import { noSettings } from '../conversations/chat-settings'
import type { AssistantMessage } from '../conversations/conversation'
import { createMemoryStorage } from '../conversations/memory-storage'
import type { ConversationStorage } from '../conversations/storage'
import { writeTokens } from '../conversations/token-text'
import { type ChatServer, chatServer } from '../remote/chat-server'
import type { ChosenSettings } from './chat-settings-store'
import { type ChatEnvironment, canResume, createChatStore } from './chat-store'
import { createConversationsStore } from './conversations-store'

/** A delta, the last chunk, a failure, or a pause until the test opens the gate. */
type Step = ChatDelta | FinishReason | EngineErrorData | Gate

class Gate {
  open = () => {}
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve
  })
}

const timings = {
  firstTokenMs: 20,
  prefillMs: 15,
  decodeMs: 100,
  prefillTokensPerSecond: 500,
  decodeTokensPerSecond: 30,
}
const usage = {
  prompt_tokens: 8,
  cached_tokens: 0,
  completion_tokens: 3,
  total_tokens: 11,
  reasoning_tokens: 1,
}

function chunk(delta: ChatDelta, finish: FinishReason | null = null): ChatChunk {
  return {
    object: 'chat.completion.chunk',
    id: 'answer',
    created: 0,
    model: 'mini',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...(finish && { usage, timings, seed: 11, repairs: ['header without a channel'] }),
  }
}

/** An engine that plays one list of steps a request, and remembers what it was asked. */
function playing(...answers: Step[][]) {
  const requests: ChatRequest[] = []
  const engine: Pick<Engine, 'chat'> = {
    async *chat(request, options) {
      requests.push(request)
      for (const step of answers.shift() ?? []) {
        if (options?.signal?.aborted) {
          yield chunk({}, 'cancelled')
          return
        }
        if (step instanceof Gate) await step.opened
        else if (typeof step === 'string') yield chunk({}, step)
        else if ('code' in step) throw new EngineError(step)
        else yield chunk(step)
      }
    },
  }
  return { engine, requests }
}

/** Locks of one tab: what it holds is its own. */
function noLocks(): AnswerLocks {
  return { hold: () => {}, held: async () => new Set(), released: async () => {} }
}

const wordCount = (text: string) => text.split(/\s+/).filter(Boolean).length

/** A chat whose model is ready and whose frames come at once, unless the test says otherwise. */
function chat({
  memory = createMemoryStorage(),
  ...environment
}: Partial<ChatEnvironment> & Pick<ChatEnvironment, 'engine'> & { memory?: ConversationStorage }) {
  const conversations = createConversationsStore(memory, () => 0)
  const store = createChatStore({
    // As many tokens as there are words.
    countTokens: async (input) =>
      typeof input === 'string'
        ? wordCount(input)
        : input.messages.reduce((sum, { content }) => sum + wordCount(content), 0),
    model: { whenReady: async () => {}, forget: () => {} },
    modelName: () => 'mini',
    computedWith: () => ({}),
    contextTokens: () => 8192,
    sampling: () => ({ temperature: 0 }),
    server: () => undefined,
    storage: memory,
    conversations: conversations.getState(),
    settingsOf: () => noSettings,
    takeForNewChat: () => noSettings,
    locks: noLocks(),
    effort: () => 'medium',
    nextFrame: (callback) => callback(),
    hidden: () => false,
    now: () => 0,
    ...environment,
  })
  const state = store.getState
  const answer = () => state().messages.at(-1) as AssistantMessage
  const contents = () => state().messages.map(({ content }) => content)
  /** The same conversations as another visit finds them. */
  const nextVisit = (engine: ChatEnvironment['engine']) => chat({ engine, memory })
  return { store, conversations, memory, answer, contents, state, nextVisit }
}

describe('an answer', () => {
  it('remembers what it takes to make it again, until it is changed or continued', async () => {
    const told = (
      chunk: ChatChunk,
      token_ids: number[],
      first?: Partial<ChatChunk>,
    ): ChatChunk => ({
      ...chunk,
      choices: [{ ...chunk.choices[0], token_ids }],
      ...first,
    })
    const about = { prompt_token_ids: [1, 2], current_date: '2026-02-28' }
    const engine: ChatEnvironment['engine'] = {
      async *chat(request) {
        if (!request.return_token_ids) {
          yield told(chunk({ content: ' more' }), [])
          yield chunk({}, 'stop')
          return
        }
        yield told(chunk({ reasoning: 'carry' }), [7], about)
        yield told(chunk({ reasoning: ' 1' }), [8])
        yield told(chunk({ content: '495' }), [200, 201, 9])
        yield told(chunk({}, 'length'), [202])
      },
    }
    const made = { weightHash: 'ab'.repeat(32), kernels: { attention: 'subgroups' } }
    const { state, answer, nextVisit } = chat({ engine, computedWith: () => made })
    await state().send('What is 437 + 58?')
    const { run } = answer()
    expect(run).toEqual({
      ...made,
      date: '2026-02-28',
      promptHash: await hashPrompt([1, 2]),
      sampling: { temperature: 0, seed: 11 },
      tokens: writeTokens([7, 8, 200, 201, 9, 202]),
      reasoningTokens: 2,
    })
    const visit = nextVisit(engine)
    await visit.state().open(answer().conversationId)
    expect(visit.answer().run).toEqual(run)

    await state().rewrite(answer().id, { reasoning: 'carry 1', content: '496' }, false)
    expect(answer()).toMatchObject({ content: '496', edited: true })
    expect(answer()).not.toHaveProperty('run')
    await visit.state().resume(visit.answer().id)
    expect(visit.answer().content).toBe('495 more')
    expect(visit.answer()).not.toHaveProperty('run')
  })

  it('goes through its stages and ends with what the last chunk said', async () => {
    const { engine } = playing([
      { reasoning: 'carry 1' },
      { content: '49' },
      { content: '5' },
      'stop',
    ])
    const { store, state, answer } = chat({ engine })
    const stages: string[] = []
    store.subscribe(() => {
      const message = answer()
      if (message?.role === 'assistant' && stages.at(-1) !== message.stage)
        stages.push(message.stage)
    })

    await state().send('  What is 437 + 58?\n')

    expect(stages).toEqual(['queued', 'reading', 'thinking', 'answering', 'finished'])
    expect(state().messages[0]).toMatchObject({ role: 'user', content: 'What is 437 + 58?' })
    expect(answer()).toMatchObject({
      reasoning: 'carry 1',
      content: '495',
      finishReason: 'stop',
      usage,
      timings,
      seed: 11,
      repairs: ['header without a channel'],
    })
    expect(state().busy).toBe(false)
  })

  it('measures the reasoning from its first token to the first word of the answer', async () => {
    let clock = 0
    const engine: Pick<Engine, 'chat'> = {
      async *chat() {
        yield chunk({ reasoning: 'a' })
        clock = 30
        yield chunk({ reasoning: 'b' })
        clock = 50
        yield chunk({ content: 'c' })
        clock = 90
        yield chunk({}, 'stop')
      },
    }
    const { state, answer } = chat({ engine, now: () => clock })
    await state().send('hi')
    expect(answer().reasoningMs).toBe(50)
  })

  it('is shown once a frame, not once a token', async () => {
    const gate = new Gate()
    const letters = [...'abcde'].map((content) => ({ content }))
    const { engine } = playing([...letters, gate, ...letters, 'stop'])
    const frames: (() => void)[] = []
    const { store, state, answer } = chat({ engine, nextFrame: (frame) => frames.push(frame) })
    const sent = state().send('letters')
    await vi.waitFor(() => expect(frames).toHaveLength(1))

    const changed = vi.fn()
    store.subscribe(changed)
    expect(answer().content).toBe('')
    frames[0]?.()
    expect(answer().content).toBe('abcde')
    expect(changed).toHaveBeenCalledOnce()

    gate.open()
    await sent
    expect(answer().content).toBe('abcdeabcde')
  })

  it('stays finished when the frame that was asked for comes after its end', async () => {
    const { engine } = playing([{ content: 'done' }, 'stop'])
    const frames: (() => void)[] = []
    const { state, answer } = chat({ engine, nextFrame: (frame) => frames.push(frame) })
    await state().send('hi')
    for (const frame of frames) frame()
    expect(answer()).toMatchObject({ stage: 'finished', content: 'done' })
  })

  it('waits for the model before the engine is asked', async () => {
    let ready = () => {}
    const { engine, requests } = playing([{ content: 'hello' }, 'stop'])
    const whenReady = () =>
      new Promise<void>((resolve) => {
        ready = resolve
      })
    const { state, answer } = chat({ engine, model: { whenReady, forget: () => {} } })
    const sent = state().send('hi')
    await vi.waitFor(() => expect(answer().stage).toBe('queued'))
    expect(requests).toHaveLength(0)
    ready()
    await sent
    expect(answer().content).toBe('hello')
  })
})

describe('a request', () => {
  it('carries the conversation without reasoning, the effort and the sampling', async () => {
    const { engine, requests } = playing(
      [{ reasoning: 'a greeting' }, { content: 'Hello Ada' }, 'stop'],
      [{ content: 'Ada' }, 'stop'],
    )
    const { state } = chat({ engine, effort: () => 'high' })
    await state().send('I am Ada')
    await state().send('Who am I?')
    expect(requests[1]).toEqual({
      messages: [
        { role: 'user', content: 'I am Ada' },
        { role: 'assistant', content: 'Hello Ada' },
        { role: 'user', content: 'Who am I?' },
      ],
      reasoning_effort: 'high',
      temperature: 0,
      return_token_ids: true,
    })
  })

  it('carries the files of questions, in their place', async () => {
    const { engine, requests } = playing([{ content: 'two' }, 'stop'], [{ content: 'b' }, 'stop'])
    const { state } = chat({ engine })
    const attachments = [{ name: 'a.txt', mediaType: 'text/plain', text: 'one\ntwo', tokens: 9 }]
    await state().send('How many lines?', attachments)
    await state().send('Why?')
    const asked = 'Attached file "a.txt":\n\n```txt\none\ntwo\n```\n\nHow many lines?'
    expect(requests[0]?.messages).toEqual([{ role: 'user', content: asked }])
    expect(requests[1]?.messages[0]).toEqual({ role: 'user', content: asked })
    expect(state().messages[0]).toMatchObject({ content: 'How many lines?', attachments })
  })

  it('may be for a file alone, whose name is the title then', async () => {
    const { engine, requests } = playing([{ content: 'a list' }, 'stop'])
    const { state, conversations } = chat({ engine })
    await state().send('', [{ name: 'list.md', mediaType: 'text/markdown', text: '- a' }])
    expect(requests).toHaveLength(1)
    expect(conversations.getState().conversations?.[0]?.title).toBe('list.md')
  })

  it('of an edited question has the files that it is left with', async () => {
    const { engine, requests } = playing([{ content: '1' }, 'stop'], [{ content: '2' }, 'stop'])
    const { state } = chat({ engine })
    const a = { name: 'a', mediaType: 'text/plain', text: 'of a' }
    const b = { name: 'b', mediaType: 'text/plain', text: 'of b' }
    await state().send('Compare', [a, b])
    await state().edit(state().messages[0]?.id ?? '', 'Explain', [b])
    const { content } = requests[1]?.messages[0] ?? {}
    expect(content).toContain('of b')
    expect(content).not.toContain('of a')
  })

  it('is not made for blank text, nor while an answer is being written', async () => {
    const { engine, requests } = playing([{ content: 'one' }, 'stop'])
    const { state } = chat({ engine })
    await state().send(' \n ')
    expect(state().messages).toEqual([])
    const first = state().send('first')
    await state().send('second')
    await first
    expect(requests).toHaveLength(1)
    expect(state().messages).toHaveLength(2)
  })
})

describe('stopping', () => {
  it('keeps what was said, frees the chat at once and asks again only afterwards', async () => {
    const order: string[] = []
    const engine: Pick<Engine, 'chat'> = {
      async *chat({ messages }, options) {
        const question = messages.at(-1)?.content
        order.push(`begin ${question}`)
        yield chunk({ content: `about ${question}` })
        if (question === 'long')
          await new Promise<void>((resolve) =>
            options?.signal?.addEventListener('abort', () => setTimeout(resolve, 5)),
          )
        order.push(`end ${question}`)
        yield chunk({}, question === 'long' ? 'cancelled' : 'stop')
      },
    }
    const { state, answer } = chat({ engine })
    void state().send('long')
    await vi.waitFor(() => expect(answer().content).toBe('about long'))

    state().stop()
    expect(state().busy).toBe(false)
    expect(answer()).toMatchObject({ stage: 'finished', finishReason: 'cancelled' })

    await state().send('short')
    expect(order).toEqual(['begin long', 'end long', 'begin short', 'end short'])
    expect(state().messages.map(({ content }) => content)).toEqual([
      'long',
      'about long',
      'short',
      'about short',
    ])
    expect(state().busy).toBe(false)
  })

  it('ends the wait for the model', async () => {
    const whenReady = (signal: AbortSignal) =>
      new Promise<void>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      )
    const { engine, requests } = playing([])
    const { state, answer } = chat({ engine, model: { whenReady, forget: () => {} } })
    const sent = state().send('hi')
    await vi.waitFor(() => expect(state().busy).toBe(true))
    state().stop()
    await sent
    expect(requests).toHaveLength(0)
    expect(answer()).toMatchObject({ stage: 'finished', finishReason: 'cancelled' })
    expect(answer().error).toBeUndefined()
  })
})

describe('a failure', () => {
  it('keeps the half answer beside the error, and retry replaces both', async () => {
    const failure = { code: 'device-lost', reason: 'driver reset' } as const
    const { engine, requests } = playing(
      [{ content: 'half' }, failure],
      [{ content: 'the whole answer' }, 'stop'],
    )
    const { state, answer } = chat({ engine })
    await state().send('hi')
    expect(answer()).toMatchObject({ stage: 'finished', content: 'half', error: failure })
    expect(state().busy).toBe(false)

    await state().retry(answer().id)
    expect(answer()).toMatchObject({ content: 'the whole answer', finishReason: 'stop' })
    expect(answer().error).toBeUndefined()
    expect(state().messages).toHaveLength(2)
    expect(requests[1]?.messages).toEqual([{ role: 'user', content: 'hi' }])
  })

  it('for want of a model loads it and asks again unasked', async () => {
    const { engine } = playing([{ code: 'model-not-loaded' }], [{ content: 'hello' }, 'stop'])
    const model = { whenReady: vi.fn(async () => {}), forget: vi.fn() }
    const { state, answer } = chat({ engine, model })
    await state().send('hi')
    expect(model.forget).toHaveBeenCalledOnce()
    expect(model.whenReady).toHaveBeenCalledTimes(2)
    expect(answer()).toMatchObject({ content: 'hello', finishReason: 'stop' })
  })

  it('of the device makes the next try load the model', async () => {
    const { engine } = playing([{ content: 'half' }, { code: 'device-lost', reason: 'reset' }])
    const model = { whenReady: async () => {}, forget: vi.fn() }
    const { state, answer } = chat({ engine, model })
    await state().send('hi')
    expect(model.forget).toHaveBeenCalledOnce()
    expect(answer()).toMatchObject({ content: 'half', error: { code: 'device-lost' } })
  })
})

describe('a conversation', () => {
  it('is kept with its messages, and shown again in another visit', async () => {
    const { engine } = playing([{ reasoning: 'a greeting' }, { content: 'hello' }, 'stop'])
    const { state, nextVisit } = chat({ engine })
    await state().send('hi')
    const id = state().conversationId as string

    const later = nextVisit(playing().engine)
    expect(await later.state().open(id)).toBe(true)
    expect(later.state()).toMatchObject({ conversationId: id, busy: false, opening: false })
    expect(later.contents()).toEqual(['hi', 'hello'])
    expect(later.answer()).toMatchObject({ reasoning: 'a greeting', usage, stage: 'finished' })
  })

  it('takes its title from the first line of its first question', async () => {
    const { engine } = playing([{ content: 'ok' }, 'stop'])
    const { state, conversations } = chat({ engine })
    await state().send(`\n${'word '.repeat(30)}\nmore`)
    const title = conversations.getState().conversations?.[0]?.title
    expect(title).toMatch(/^word word .*word…$/)
    expect(title?.length).toBeLessThanOrEqual(80)
  })

  it('goes on while another is shown, whose own question waits for its turn', async () => {
    const gate = new Gate()
    const { engine, requests } = playing(
      [{ content: 'a' }, gate, { content: 'b' }, 'stop'],
      [{ content: 'c' }, 'stop'],
    )
    const { state, answer, contents } = chat({ engine })
    const first = state().send('one')
    await vi.waitFor(() => expect(answer().content).toBe('a'))
    const firstId = state().conversationId as string

    state().newChat()
    expect(state()).toMatchObject({ messages: [], busy: false })
    expect(state().writing).toEqual(new Set([firstId]))
    const second = state().send('two')
    await vi.waitFor(() => expect(answer().stage).toBe('queued'))
    expect(requests).toHaveLength(1)

    gate.open()
    await Promise.all([first, second])
    expect(contents()).toEqual(['two', 'c'])
    expect(state().writing.size).toBe(0)
    await state().open(firstId)
    expect(contents()).toEqual(['one', 'ab'])
  })

  it('shows an answer as far as it has come when it is shown again', async () => {
    const gate = new Gate()
    const { engine } = playing([{ content: 'a' }, gate, { content: 'b' }, 'stop'])
    const { state, answer } = chat({ engine })
    const sent = state().send('one')
    await vi.waitFor(() => expect(answer().content).toBe('a'))
    const id = state().conversationId as string
    state().newChat()
    await state().open(id)
    expect(answer()).toMatchObject({ content: 'a', stage: 'answering' })
    expect(state().busy).toBe(true)
    gate.open()
    await sent
    expect(answer()).toMatchObject({ content: 'ab', stage: 'finished' })
  })

  it('that does not exist is not shown', async () => {
    const { state } = chat({ engine: playing().engine })
    expect(await state().open('unknown')).toBe(false)
    expect(state()).toMatchObject({ conversationId: undefined, opening: false })
  })

  it('that was deleted writes no more', async () => {
    const gate = new Gate()
    const { engine } = playing([{ content: 'a' }, gate, { content: 'b' }, 'stop'])
    const { state, answer } = chat({ engine })
    const sent = state().send('one')
    await vi.waitFor(() => expect(answer().content).toBe('a'))
    state().leave(state().conversationId as string)
    expect(state()).toMatchObject({ conversationId: undefined, busy: false, messages: [] })
    gate.open()
    await sent
  })
})

describe('an answer whose page went away', () => {
  /** What a visit leaves that ends after the answer's first words. */
  async function crashed(steps: Step[] = [{ reasoning: 'easy' }, { content: 'It is' }]) {
    const { engine } = playing([...steps, new Gate()])
    const visit = chat({ engine })
    void visit.state().send('1 + 1?')
    await vi.waitFor(() => expect(visit.answer().stage).toMatch(/thinking|answering/))
    await visit.state().flush()
    return { ...visit, id: visit.state().conversationId as string }
  }

  it('is kept as far as it came', async () => {
    const { id, nextVisit } = await crashed()
    const later = nextVisit(playing().engine)
    await later.state().open(id)
    expect(later.answer()).toMatchObject({
      stage: 'interrupted',
      reasoning: 'easy',
      content: 'It is',
    })
    expect(later.state().busy).toBe(false)
  })

  it('is continued from its last word, asked as it was', async () => {
    const { id, nextVisit } = await crashed()
    const { engine, requests } = playing([{ content: ' 2.' }, 'stop'])
    const later = nextVisit(engine)
    await later.state().open(id)
    await later.state().resume(later.answer().id)
    expect(requests[0]).toMatchObject({
      continue_final_message: true,
      reasoning_effort: 'medium',
      messages: [
        { role: 'user', content: '1 + 1?' },
        { role: 'assistant', reasoning: 'easy', content: 'It is' },
      ],
    })
    expect(later.contents()).toEqual(['1 + 1?', 'It is 2.'])
    // How many tokens the first part had, nobody counted.
    expect(later.answer()).toMatchObject({ stage: 'finished', finishReason: 'stop', timings })
    expect(later.answer().usage).toBeUndefined()
  })

  it('is left alone while another tab writes it, and shown as that tab ends it', async () => {
    const { id, memory, answer } = await crashed()
    const other = answer()
    let release = () => {}
    const locks: AnswerLocks = {
      hold: () => {},
      held: async () => new Set([other.id]),
      released: () => new Promise<void>((resolve) => (release = resolve)),
    }
    const here = chat({ engine: playing().engine, memory, locks })
    await here.state().open(id)
    expect(here.answer().stage).toBe('answering')

    await memory.putMessages([{ ...other, content: 'It is 2.', stage: 'finished' }])
    release()
    await vi.waitFor(() => expect(here.answer().content).toBe('It is 2.'))
  })
})

describe('Continue after Stop', () => {
  it('adds up what both parts took', async () => {
    const { engine } = playing([{ content: 'one' }, 'length'], [{ content: ' two' }, 'stop'])
    const { state, answer } = chat({ engine })
    await state().send('count')
    await state().resume(answer().id)
    expect(answer()).toMatchObject({ content: 'one two', finishReason: 'stop' })
    expect(answer().usage).toMatchObject({
      completion_tokens: 6,
      prompt_tokens: 8,
      total_tokens: 14,
    })
    expect(answer().timings).toMatchObject({ decodeMs: 200, decodeTokensPerSecond: 30 })
  })

  it('is not offered for an answer that ended by itself', async () => {
    const { engine, requests } = playing([{ content: 'one' }, 'stop'])
    const { state, answer } = chat({ engine })
    await state().send('count')
    await state().resume(answer().id)
    expect(requests).toHaveLength(1)
  })
})

describe('branches', () => {
  it('another version of an answer stands beside the first, asked as wished', async () => {
    const { engine, requests } = playing([{ content: 'a' }, 'stop'], [{ content: 'b' }, 'stop'])
    const { state, answer, contents } = chat({ engine })
    await state().send('hi')
    const first = answer().id
    await state().regenerate(first, { effort: 'high', temperature: 0.7 })

    expect(requests[1]).toMatchObject({
      messages: [{ role: 'user', content: 'hi' }],
      reasoning_effort: 'high',
      temperature: 0.7,
    })
    expect(answer()).toMatchObject({ content: 'b', effort: 'high', temperature: 0.7 })
    expect(state().versions.get(answer().id)).toEqual([first, answer().id])
    state().showVersion(first)
    expect(contents()).toEqual(['hi', 'a'])
  })

  it('an edited question begins a branch, and both stay whole in another visit', async () => {
    const { engine, requests } = playing(
      [{ content: 'a1' }, 'stop'],
      [{ content: 'a2' }, 'stop'],
      [{ content: 'b1' }, 'stop'],
    )
    const { state, contents, nextVisit } = chat({ engine })
    await state().send('q1')
    await state().send('q2')
    const [question] = state().messages
    await state().edit(question?.id as string, 'p1')
    expect(requests[2]?.messages).toEqual([{ role: 'user', content: 'p1' }])
    expect(contents()).toEqual(['p1', 'b1'])

    const later = nextVisit(playing().engine)
    await later.state().open(state().conversationId as string)
    expect(later.contents()).toEqual(['p1', 'b1'])
    later.state().showVersion(question?.id as string)
    expect(later.contents()).toEqual(['q1', 'a1', 'q2', 'a2'])
  })

  it('a removed message takes what follows with it, and comes back by undo', async () => {
    const { engine } = playing([{ content: 'a1' }, 'stop'], [{ content: 'a2' }, 'stop'])
    const { state, contents, memory } = chat({ engine })
    await state().send('q1')
    await state().send('q2')
    const [, , second] = state().messages
    const undo = await state().remove(second?.id as string)
    expect(contents()).toEqual(['q1', 'a1'])
    expect(await memory.allMessages()).toHaveLength(2)
    await undo()
    expect(contents()).toEqual(['q1', 'a1', 'q2', 'a2'])
    expect(await memory.allMessages()).toHaveLength(4)
  })
})

describe('an edited answer', () => {
  async function answered(...more: Step[][]) {
    const { engine, requests } = playing(
      [{ reasoning: 'the capital' }, { content: 'Paris.' }, 'stop'],
      ...more,
    )
    const visit = chat({ engine })
    await visit.state().send('Capital of France?')
    return { ...visit, requests, first: visit.answer() }
  }

  it('stands beside the one before, finished, and in later requests', async () => {
    const { state, answer, contents, requests, first, nextVisit } = await answered([
      { content: 'Yes.' },
      'stop',
    ])
    await state().rewrite(first.id, { reasoning: 'the capital', content: 'Lyon.' }, false)
    expect(answer()).toMatchObject({
      content: 'Lyon.',
      reasoning: 'the capital',
      stage: 'finished',
      edited: true,
    })
    expect(answer().usage).toBeUndefined()
    expect(state().versions.get(answer().id)).toEqual([first.id, answer().id])

    const later = nextVisit(playing().engine)
    await later.state().open(state().conversationId as string)
    expect(later.answer()).toMatchObject({ content: 'Lyon.', edited: true })

    await state().send('Sure?')
    expect(requests[1]?.messages[1]).toEqual({ role: 'assistant', content: 'Lyon.' })
    state().showVersion(first.id)
    expect(contents()).toEqual(['Capital of France?', 'Paris.'])
  })

  it('is written on from the end of its text', async () => {
    const { state, answer, requests, first } = await answered([
      { content: ' on the Rhône' },
      'stop',
    ])
    await state().rewrite(first.id, { reasoning: 'a city', content: 'Lyon' }, true)
    expect(requests[1]).toMatchObject({
      continue_final_message: true,
      messages: [
        { role: 'user' },
        { role: 'assistant', reasoning: 'a city', content: 'Lyon', commentary: '' },
      ],
    })
    expect(answer()).toMatchObject({ content: 'Lyon on the Rhône', edited: true })
  })

  it('is written anew where only its reasoning was changed', async () => {
    const { state, answer, requests, first } = await answered([
      { reasoning: ', so Lyon' },
      { content: 'Lyon.' },
      'stop',
    ])
    await state().rewrite(first.id, { reasoning: 'the second city', content: 'Paris.' }, true)
    expect(requests[1]?.messages.at(-1)).toEqual({
      role: 'assistant',
      reasoning: 'the second city',
      commentary: '',
      content: '',
    })
    expect(answer()).toMatchObject({ reasoning: 'the second city, so Lyon', content: 'Lyon.' })
    expect(first.content).toBe('Paris.')
  })

  it('is not made while an answer is being written', async () => {
    const gate = new Gate()
    const { state, answer, first } = await answered([gate, { content: 'Yes.' }, 'stop'])
    const sent = state().send('Sure?')
    await state().rewrite(first.id, { reasoning: '', content: 'Lyon.' }, false)
    expect(state().versions.size).toBe(0)
    gate.open()
    await sent
    expect(answer().content).toBe('Yes.')
  })
})

describe('a full context', () => {
  const full = { code: 'context-full', contextTokens: 16, neededTokens: 20 } as const
  const turn = (content: string): Step[] => [{ content }, 'stop']

  /** Two turns of six words each. */
  async function twoTurns(...more: Step[][]) {
    const { engine, requests } = playing(turn('a b c'), turn('d e f'), ...more)
    const visit = chat({ engine, contextTokens: () => 16 })
    await visit.state().send('one two three')
    await visit.state().send('four five six')
    return { ...visit, requests }
  }

  it('lets the oldest messages go, which stay readable, and come back by undo', async () => {
    const { state, contents, requests, nextVisit } = await twoTurns(turn('g'), turn('h'), turn('i'))
    await state().send('seven eight', [], 'drop')
    expect(requests[2]?.messages.map(({ content }) => content)).toEqual([
      'four five six',
      'd e f',
      'seven eight',
    ])
    expect(contents()).toEqual([
      'one two three',
      'a b c',
      'four five six',
      'd e f',
      'seven eight',
      'g',
    ])
    const start = state().messages[2]
    expect(start).toMatchObject({ contextStart: { messages: 2, tokens: 6 } })

    const later = nextVisit(playing().engine)
    await later.state().open(state().conversationId as string)
    expect(later.state().messages[2]).toMatchObject({ contextStart: { messages: 2, tokens: 6 } })

    await state().send('nine')
    expect(requests[3]?.messages).toHaveLength(5)
    state().showAll(start?.id as string)
    await state().send('ten')
    expect(requests[4]?.messages).toHaveLength(9)
  })

  it('that the engine finds is answered in the place of the failure', async () => {
    const { state, answer, contents, requests } = await twoTurns([full], turn('g'))
    await state().send('seven eight')
    expect(answer().error).toEqual(full)
    await state().makeRoom(answer().id, 'drop')
    expect(requests[3]?.messages).toHaveLength(3)
    expect(answer()).toMatchObject({ content: 'g', finishReason: 'stop' })
    expect(answer().error).toBeUndefined()
    expect(contents()).toHaveLength(6)
  })

  it('that an answer ran into lets that answer go on', async () => {
    const { state, answer, requests } = await twoTurns([{ content: 'g' }, full], turn(' h'))
    await state().send('seven')
    await state().makeRoom(answer().id, 'drop')
    expect(requests[3]?.messages.map(({ content }) => content)).toEqual([
      'four five six',
      'd e f',
      'seven',
      'g',
    ])
    expect(answer().content).toBe('g h')
  })

  it('is summarised by the model, which sees the summary in place of the messages', async () => {
    const gate = new Gate()
    const { state, answer, requests } = await twoTurns(
      [gate, { reasoning: 'brief' }, { content: 'Counting ' }, { content: 'to six.' }, 'stop'],
      turn('g'),
    )
    const sent = state().send('seven eight', [], 'summarise')
    await vi.waitFor(() => expect(answer().stage).toBe('summarising'))
    expect(state().busy).toBe(true)
    gate.open()
    await sent
    expect(requests[2]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(requests[3]?.messages[0]?.content).toMatch(
      /^Summary.*Counting to six\..*four five six$/s,
    )
    expect(state().messages[2]).toMatchObject({ contextStart: { summary: 'Counting to six.' } })
    expect(answer()).toMatchObject({ content: 'g', reasoning: '' })
  })

  it('stays as it is when the summary is stopped or fails', async () => {
    const gate = new Gate()
    const { state, answer } = await twoTurns(
      [gate, { content: 'Counting' }, 'stop'],
      [{ code: 'device-lost', reason: 'reset' }],
    )
    const sent = state().send('seven eight', [], 'summarise')
    await vi.waitFor(() => expect(answer().stage).toBe('summarising'))
    state().stop()
    gate.open()
    await sent
    expect(answer()).toMatchObject({ stage: 'finished', finishReason: 'cancelled', content: '' })

    await state().makeRoom(answer().id, 'summarise')
    expect(answer().error).toMatchObject({ code: 'device-lost' })
    expect(state().messages.every((message) => !('contextStart' in message))).toBe(true)
  })

  it('is counted: what the conversation takes before a next message', async () => {
    const { state } = await twoTurns()
    expect(await state().countContext()).toEqual({ instructions: 0, history: 12 })
    expect(await state().countText('seven eight')).toBe(2)
  })

  it('says beforehand what will go', async () => {
    const { state } = await twoTurns([full])
    const going = { messages: 2, tokens: 6 }
    expect(await state().planRoom({ content: 'seven eight' })).toEqual(going)
    await state().send('seven eight')
    expect(await state().planRoom(undefined)).toEqual(going)
    expect(state().messages.every((message) => !('contextStart' in message))).toBe(true)
    state().newChat()
    expect(await state().planRoom({ content: 'one' })).toBeUndefined()
  })
})

describe('in a hidden tab', () => {
  it('text is taken over and saved as tokens come, without frames or timers', async () => {
    const gate = new Gate()
    const { engine } = playing([{ content: 'a' }, { content: 'b' }, gate, { content: 'c' }, 'stop'])
    let clock = 0
    const memory = createMemoryStorage()
    const { state, answer } = chat({
      engine,
      memory,
      hidden: () => true,
      nextFrame: () => {},
      now: () => (clock += 400),
    })
    const sent = state().send('hi')
    await vi.waitFor(() => expect(answer().content).toBe('ab'))
    await vi.waitFor(async () => expect((await memory.allMessages()).at(-1)?.content).toBe('ab'))
    gate.open()
    await sent
  })
})

describe('storage that refuses to write', () => {
  it('costs nothing of what is shown, and is tried again', async () => {
    const memory = createMemoryStorage()
    const put = vi.spyOn(memory, 'putMessages').mockRejectedValue(new Error('full'))
    const { engine } = playing([{ content: 'a' }, 'stop'])
    const { state, contents, conversations } = chat({ engine, memory })
    await state().send('hi')
    expect(contents()).toEqual(['hi', 'a'])
    expect(conversations.getState().saveFailed).toBe(true)

    put.mockRestore()
    await state().flush()
    expect(conversations.getState().saveFailed).toBe(false)
    expect(await memory.allMessages()).toHaveLength(2)
  })
})

describe('the settings of a chat', () => {
  const tutor: ChosenSettings = {
    instructions: 'Ask, do not tell.',
    sampling: { temperature: 0.4, top_k: 5, seed: 3, max_tokens: 20, stop: ['END'] },
    personaId: 'p',
  }

  it('go into the request before the model’s own, and the instructions before all messages', async () => {
    const { engine, requests } = playing([{ content: 'hello' }, 'stop'], [{ content: 'a' }, 'stop'])
    const { state, answer } = chat({
      engine,
      sampling: () => ({ temperature: 1, top_p: 0.9, top_k: 50 }),
      settingsOf: () => tutor,
    })
    await state().send('hi')
    await state().send('more')
    expect(requests[1]).toEqual({
      temperature: 0.4,
      top_p: 0.9,
      top_k: 5,
      seed: 3,
      max_tokens: 20,
      stop: ['END'],
      reasoning_effort: 'medium',
      messages: [
        { role: 'developer', content: 'Ask, do not tell.' },
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'hello' },
        { role: 'user', content: 'more' },
      ],
      return_token_ids: true,
    })
    expect(answer()).toMatchObject({
      temperature: 0.4,
      instructions: 'Ask, do not tell.',
      sampling: tutor.sampling,
    })
  })

  it('are outdone by what one answer is asked with', async () => {
    const { engine, requests } = playing([{ content: 'a' }, 'stop'], [{ content: 'b' }, 'stop'])
    const { state, answer } = chat({ engine, settingsOf: () => tutor })
    await state().send('hi')
    await state().regenerate(answer().id, { temperature: 1 })
    expect(requests[1]).toMatchObject({ temperature: 1, top_k: 5 })
    expect(answer()).toMatchObject({ temperature: 1 })
  })

  it('are kept by a new chat from its beginning', async () => {
    const { engine } = playing([{ content: 'a' }, 'stop'])
    const { state, memory } = chat({ engine, takeForNewChat: () => tutor })
    await state().send('hi')
    await vi.waitFor(async () => expect(await memory.list()).toMatchObject([tutor]))
  })

  it('of an answer that is continued are those with which it began', async () => {
    const { engine, requests } = playing(
      [{ content: 'one, ' }, 'length'],
      [{ content: 'two' }, 'stop'],
    )
    let settings: ChosenSettings = tutor
    const { state, answer } = chat({ engine, settingsOf: () => settings })
    await state().send('count')
    settings = noSettings
    await state().resume(answer().id)
    expect(requests[1]).toMatchObject({ top_k: 5, messages: [{ role: 'developer' }, {}, {}] })
    expect(answer().content).toBe('one, two')
  })
})

describe('a conversation with a server', () => {
  const reference = { id: 'e', name: 'box' }

  /** A chat that has chosen a server, which plays these steps; the model here never gets ready. */
  function remote(...answers: Step[][]) {
    const played = playing(...answers)
    const server: ChatServer = {
      ...played.engine,
      host: 'box:8000',
      model: 'gpt-oss-120b',
      sampling: { temperature: 1, top_p: 1 },
    }
    const here = playing([{ content: 'from here' }, 'stop'])
    const whenReady = vi.fn(() => new Promise<void>(() => {}))
    const shown = chat({
      engine: here.engine,
      model: { whenReady, forget: () => {} },
      server: (id) => (endpointOf(id) ? server : undefined),
      settingsOf: () => ({ instructions: 'Be brief.', sampling: { top_p: 0.9 } }),
    })
    const endpointOf = (id: string | undefined) =>
      shown.conversations.getState().conversations?.find((known) => known.id === id)?.endpoint
    shown.state().answerBy(reference)
    return { ...shown, endpointOf, whenReady, asked: played.requests, askedHere: here.requests }
  }

  it('is answered there by the chat’s settings, without this device’s model or its sampling', async () => {
    const { state, answer, asked, askedHere, whenReady } = remote([{ content: 'hello' }, 'stop'])
    await state().send('hi')
    expect(asked).toEqual([
      {
        messages: [
          { role: 'developer', content: 'Be brief.' },
          { role: 'user', content: 'hi' },
        ],
        reasoning_effort: 'medium',
        temperature: 1,
        top_p: 0.9,
      },
    ])
    expect(answer()).toMatchObject({
      content: 'hello',
      model: 'gpt-oss-120b',
      remote: 'box:8000',
      temperature: 1,
    })
    expect(askedHere).toHaveLength(0)
    expect(whenReady).not.toHaveBeenCalled()
  })

  it('stays with it in another visit, and a new chat does not', async () => {
    const { state, memory, endpointOf } = remote([{ content: 'hello' }, 'stop'])
    await state().send('hi')
    const id = state().conversationId
    expect(endpointOf(id)).toEqual(reference)
    expect(await memory.list()).toMatchObject([{ id, endpoint: reference }])
    expect(await memory.allMessages()).toMatchObject([{}, { remote: 'box:8000' }])

    state().newChat()
    expect(state().newChatEndpoint).toBeUndefined()
    void state().send('secret')
    expect(endpointOf(state().conversationId)).toBeUndefined()
  })

  it('does not wait for an answer that this device is writing elsewhere', async () => {
    const { state, answer } = remote([{ content: 'hello' }, 'stop'])
    state().newChat()
    void state().send('waits for the model')
    state().newChat()
    state().answerBy(reference)
    await state().send('hi')
    expect(answer().content).toBe('hello')
  })

  it('comes back to this device when it is told to', async () => {
    const { state, asked, endpointOf } = remote([{ content: 'hello' }, 'stop'])
    await state().send('hi')
    state().answerBy(undefined)
    void state().send('and now?')
    expect(endpointOf(state().conversationId)).toBeUndefined()
    expect(asked).toHaveLength(1)
    expect(state().messages.at(-1)).not.toHaveProperty('remote')
  })

  it('keeps the half answer beside the server’s error, to be tried again, not continued', async () => {
    const { state, answer } = remote(
      [{ content: 'half' }, { code: 'device-lost', reason: 'there' }],
      [{ content: 'whole' }, 'stop'],
    )
    await state().send('hi')
    expect(answer()).toMatchObject({ content: 'half', stage: 'finished' })
    expect(canResume(answer())).toBe(false)
    await state().retry(answer().id)
    expect(answer()).toMatchObject({ content: 'whole', remote: 'box:8000' })
  })

  it('says so when the server is gone', async () => {
    const client = { chat: playing().engine.chat as never }
    const { state, answer } = chat({
      engine: playing().engine,
      server: () => chatServer(reference, [], client),
    })
    await state().send('hi')
    expect(answer().error).toEqual({ code: 'remote-missing', name: 'box' })
  })
})
