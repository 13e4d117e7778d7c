/** The page that bench:page opens: the app itself, and what asks it, or its engine, from outside. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from '../../src/app/App'
import type { Message } from '../../src/app/conversations/conversation'
import { openIndexedDbStorage } from '../../src/app/conversations/indexeddb-storage'
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
  /** Opens a conversation of so many messages, and resolves when all of it is there. */
  async openLong(count: number): Promise<void> {
    const id = `long-${count}`
    const storage = await openIndexedDbStorage()
    const about = { id, title: id, createdAt: 0, updatedAt: 0, pinned: false, activeChildId: 'm0' }
    await storage.patch(id, about)
    await storage.putMessages(messagesOf(id, count))
    location.hash = `#/c/${id}`
    while (document.querySelectorAll('article').length < count) await frame()
  },

  /** Scrolls up from the end, so many pixels with every frame; the time between frames in ms. */
  async scroll({ pixels, frames }: { pixels: number; frames: number }): Promise<number[]> {
    const box = document.querySelector('main > div')
    if (box === null) throw new Error('the page has nothing to scroll')
    const intervals: number[] = []
    let last = await frame()
    for (let index = 0; index < frames && box.scrollTop > 0; index++) {
      box.scrollTop -= pixels
      const now = await frame()
      intervals.push(now - last)
      last = now
    }
    return intervals
  },

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

/** A long answer of every kind of block. */
const markdown = `## Sums

The sum of the first *n* numbers is \`n(n+1)/2\`, as in $1 + 2 + 3 = 6$ and [elsewhere](https://example.com).

| n | sum |
| - | --: |
| 3 | 6 |
| 100 | 5050 |

\`\`\`python
def total(n: int) -> int:
    return n * (n + 1) // 2
\`\`\`

- one
- two
- three

$$\\sum_{i=1}^n i = \\frac{n(n+1)}{2}$$

${'A sentence that fills the lines of a paragraph as sentences do. '.repeat(8)}`

/** Half as many questions, and as many answers to them. */
function messagesOf(conversationId: string, count: number): Message[] {
  return Array.from({ length: count }, (_, index): Message => {
    const parentId = index === 0 ? null : `m${index - 1}`
    const node = {
      id: `m${index}`,
      conversationId,
      parentId,
      activeChildId: null,
      createdAt: index,
    }
    if (index % 2 === 0) return { ...node, role: 'user', content: `Question ${index / 2}` }
    const asked = { model: 'gpt-oss-mini', effort: 'medium', temperature: 1 } as const
    const text = { reasoning: 'A sum.', commentary: '', content: markdown }
    return { ...node, role: 'assistant', stage: 'finished', ...asked, ...text }
  })
}

export type BenchPage = typeof page

const button = (label: string) =>
  document.querySelector<HTMLButtonElement>(`button[aria-label="${label}"]`)

async function press(label: string) {
  button(label)?.click()
  await frame()
}

const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))

Object.assign(globalThis, { bench: page })
