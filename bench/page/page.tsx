/** The page that bench:page opens: the app itself, and what asks it, or its engine, from outside. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from '../../src/app/App'
import type { ChatRequest, Engine } from '../../src/engine/index'
import { createWorkerEngine } from '../../src/worker/client'
import '../../src/app/styles/tokens.css'
import '../../src/app/styles/base.css'

/** Tokens decoded after the first one of an answer, and what they took in the engine. */
export interface Decode {
  tokens: number
  elapsedMs: number
}

interface Answered {
  request: ChatRequest
  decode: Decode
}

/** What the page asked its engine, by the question. */
const requests = new Map<string, ChatRequest>()

const engine = createWorkerEngine()
let onAnswer = (_: Answered) => {}

/** The engine as the app gets it: whoever waits hears of every answer. */
const heard: Engine = {
  ...engine,
  async *chat(request, options) {
    for await (const chunk of engine.chat(request, options)) {
      yield chunk
      const { usage, timings } = chunk
      if (!usage || !timings) continue
      const decode = { tokens: usage.completion_tokens - 1, elapsedMs: timings.decodeMs }
      onAnswer({ request, decode })
    }
  },
}

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App engine={heard} />
  </StrictMode>,
)

const page = {
  /** Asks in a new chat, as a person would; resolves when the answer is drawn. */
  async askPage(question: string): Promise<Answered> {
    await press('New chat')
    const textbox = document.querySelector('textarea')
    if (textbox?.form == null) throw new Error('the page has no textbox')
    const answered = new Promise<Answered>((resolve) => {
      onAnswer = resolve
    })
    // React hears of a value only where it is set past React's own setter.
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set?.call(
      textbox,
      question,
    )
    textbox.dispatchEvent(new Event('input', { bubbles: true }))
    await frame()
    textbox.form.requestSubmit()
    const result = await answered
    requests.set(question, result.request)
    while (!button('Send')) await frame()
    await frame()
    return result
  },

  /** What the page asked its engine for a question. */
  async requestOf(question: string): Promise<ChatRequest> {
    const request = requests.get(question)
    if (request === undefined) throw new Error('the page was never asked this')
    return request
  },

  /** Asks the engine the same, and draws nothing of what it says. */
  async askEngine(request: ChatRequest): Promise<Answered> {
    const answered = new Promise<Answered>((resolve) => {
      onAnswer = resolve
    })
    for await (const _ of heard.chat(request));
    return answered
  },
}

export type BenchPage = typeof page

const button = (label: string) =>
  document.querySelector<HTMLButtonElement>(`button[aria-label="${label}"]`)

async function press(label: string) {
  button(label)?.click()
  await frame()
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))

Object.assign(globalThis, { bench: page })
