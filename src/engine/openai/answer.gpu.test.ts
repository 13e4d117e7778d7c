import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFsSource } from '../../../tools/fs-source'
import { createGenerator } from '../generate/generate'
import { type Ledger, openLedger } from '../gpu/ledger'
import { type LoadedModel, loadModel } from '../model/load'
import { readModel } from '../read-model'
import { miniModelFolder } from '../testing/golden'
import { openTestGpu, type TestGpu } from '../testing/gpu'
import { openCheckpoint } from '../weights/checkpoint'
import { answer, type ChatModel, prefillHistory } from './answer'
import type { ChatMessage, ChatRequest, ChatUsage } from './types'

let gpu: TestGpu
let loaded: LoadedModel
let model: ChatModel
let ledger: Ledger
/** While it stands still submissions are as large as they may be. */
const clock = { ms: 0, step: 0 }

beforeAll(async () => {
  gpu = await openTestGpu()
  const checkpoint = await openCheckpoint(createFsSource(miniModelFolder.pathname))
  const { config, tokenizer } = readModel(checkpoint)
  loaded = await loadModel(gpu, config, checkpoint.tensors, { contextTokens: 2304 })
  const now = () => {
    clock.ms += clock.step
    return clock.ms
  }
  const generator = await createGenerator(gpu, loaded.forward, tokenizer.tokenCount, { now })
  model = { model: 'mini', tokenizer, generator }
  ledger = openLedger(gpu.device, loaded.forward.step)
})
afterAll(() => {
  ledger.close()
  gpu.device.destroy()
})

const user = (content: string): ChatMessage => ({ role: 'user', content })

async function ask(messages: readonly ChatMessage[]) {
  const request = { messages, temperature: 0, current_date: '2025-06-28' }
  const chunks = answer(model, request, undefined)
  let usage: ChatUsage | undefined
  let content = ''
  for (;;) {
    const step = await chunks.next()
    if (step.done) {
      return { content, usage: usage as ChatUsage, conversation: step.value as ChatRequest }
    }
    content += step.value.choices[0].delta.content ?? ''
    usage = step.value.usage ?? usage
  }
}

const untilAborted = () => new AbortController().signal

describe('the history of a conversation', () => {
  it('is prefilled in idle time: the next message costs its own tokens alone', async () => {
    const first = await ask([user('My name is Anna. '.repeat(20))])
    await prefillHistory(model, first.conversation, untilAborted())

    const question = user('What is my name?')
    const own = model.tokenizer.encode('What is my name?').length
    // <|start|>user<|message|>…<|end|><|start|>assistant
    const newTokens = 3 + own + 1 + 2
    const before = ledger.submissions.length
    const second = await ask([...first.conversation.messages, question])
    expect(second.usage.prompt_tokens).toBeGreaterThan(100)
    expect(second.usage.prompt_tokens - second.usage.cached_tokens).toBe(newTokens)
    const prefilled = ledger.submissions.slice(before).filter(({ work }) => work.rows > 1)
    expect(new Set(prefilled.map(({ work }) => work.rows))).toEqual(new Set([newTokens]))
  })

  it('of 2000 tokens is left alone by a short message: its own tokens are prefilled, no others', async () => {
    const history: ChatMessage[] = [
      user('My name is Anna. '.repeat(245)),
      { role: 'assistant', content: 'I see.' },
    ]
    const request = { temperature: 0, current_date: '2025-06-28' }
    await prefillHistory(model, { ...request, messages: history }, untilAborted())

    const messages = [...history, user('What is my name?')]
    const before = ledger.submissions.length
    let usage: ChatUsage | undefined
    for await (const chunk of answer(model, { ...request, messages, max_tokens: 1 }, undefined))
      usage = chunk.usage ?? usage
    const { prompt_tokens: promptTokens = 0, cached_tokens: cachedTokens = 0 } = usage ?? {}
    expect(promptTokens).toBeGreaterThan(2000)
    expect(promptTokens - cachedTokens).toBeLessThan(16)
    const work = ledger.submissions.slice(before).map((submission) => submission.work)
    expect(Math.min(...work.map(({ position }) => position))).toBe(cachedTokens)
    expect(Math.max(...work.map(({ position, rows }) => position + rows))).toBe(promptTokens)
  })

  it('gives the answer that a fresh start gives, also when it was broken off', async () => {
    const opening = user('My name is Anna.')
    const question = user('What is my name?')
    const first = await ask([opening])
    await prefillHistory(model, first.conversation, untilAborted())
    const warm = await ask([...first.conversation.messages, question])
    expect(warm.content).toBe('Your name is Anna.')

    clock.step = 200 // as slow as this, each dispatch is a submission
    await ask([user('27+36')]) // forgets all but the system message
    const again = await ask([opening])
    const before = ledger.submissions.length
    const controller = new AbortController()
    const idle = prefillHistory(model, again.conversation, controller.signal)
    controller.abort()
    await idle
    expect(ledger.submissions.length - before).toBeLessThanOrEqual(1)
    const cold = await ask([...again.conversation.messages, question])
    expect(cold.usage.cached_tokens).toBeLessThan(warm.usage.cached_tokens)
    expect(cold.content).toBe(warm.content)
  })
})
