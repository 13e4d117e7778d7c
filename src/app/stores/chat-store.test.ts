import { describe, expect, it, vi } from 'vitest'
import { EngineError, type EngineErrorData } from '../../engine/errors'
import type { ChatChunk, ChatDelta, ChatRequest, Engine, FinishReason } from '../../engine/index'
import { type AssistantMessage, type ChatEnvironment, createChatStore } from './chat-store'

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

/** A chat whose model is ready and whose frames come at once, unless the test says otherwise. */
function chat(environment: Partial<ChatEnvironment> & Pick<ChatEnvironment, 'engine'>) {
  const store = createChatStore({
    model: { whenReady: async () => {}, forget: () => {} },
    sampling: { temperature: 0 },
    effort: () => 'medium',
    nextFrame: (callback) => callback(),
    now: () => 0,
    ...environment,
  })
  const answer = () => store.getState().messages.at(-1) as AssistantMessage
  return { store, answer, state: store.getState }
}

describe('an answer', () => {
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
      if (message.role === 'assistant' && stages.at(-1) !== message.stage)
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
    const { engine } = playing([{ reasoning: 'a' }, { reasoning: 'b' }, { content: 'c' }, 'stop'])
    let clock = 0
    const { state, answer } = chat({ engine, now: () => (clock += 50) })
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
    })
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

  it('by a new chat leaves nothing of the old one, late chunks included', async () => {
    const gate = new Gate()
    const { engine } = playing([{ content: 'a' }, gate, { content: 'b' }, 'stop'])
    const { state, answer } = chat({ engine })
    const sent = state().send('old')
    await vi.waitFor(() => expect(answer().content).toBe('a'))
    state().newChat()
    gate.open()
    await sent
    expect(state().messages).toEqual([])
    expect(state().busy).toBe(false)
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

    await state().retry()
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
