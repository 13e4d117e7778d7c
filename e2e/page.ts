import { type Locator, type Page, test as playwrightTest } from '@playwright/test'
import { seedChats, type Turn } from './seed'

export { expect } from '@playwright/test'

const engineScript = '**/engine.worker-*.js'
const never = () => {}
const notYet = () => {}

/** Every control by the name that a person sees or hears. */
export class ChatPage {
  readonly textbox: Locator
  readonly send: Locator
  readonly stop: Locator
  readonly newChat: Locator
  readonly effort: Locator
  readonly loading: Locator
  readonly answers: Locator
  readonly questions: Locator
  /** The last answer of the assistant, and the reasoning in it. */
  readonly answer: Locator
  readonly reasoning: Locator
  /** The list of conversations beside the chat, and its search. */
  readonly chats: Locator
  readonly search: Locator

  constructor(readonly page: Page) {
    this.textbox = page.getByRole('textbox', { name: 'Message' })
    this.send = page.getByRole('button', { name: 'Send' })
    this.stop = page.getByRole('button', { name: 'Stop' })
    this.newChat = page.getByRole('button', { name: 'New chat' })
    this.effort = page.getByRole('radiogroup', { name: 'Reasoning effort' })
    this.loading = page.getByRole('progressbar', { name: 'Loading model' })
    this.answers = page.getByRole('article', { name: 'Assistant' })
    this.questions = page.getByRole('article', { name: 'You' })
    this.answer = this.answers.last()
    this.chats = page.getByRole('navigation', { name: 'Chats' })
    this.search = page.getByRole('searchbox', { name: 'Search chats' })
    this.reasoning = this.answer.getByRole('group', { name: 'Reasoning' })
  }

  async open() {
    await this.page.goto('./')
  }

  async chooseEffort(effort: 'Low' | 'Medium' | 'High') {
    await this.effort.getByText(effort).click()
  }

  async ask(question: string) {
    await this.textbox.fill(question)
    await this.textbox.press('Enter')
  }

  /** Resolves when the model is loaded. */
  async ready() {
    await this.modelStatus('Ready').waitFor()
  }

  /** Resolves when the answer under way is finished. */
  async answered() {
    await this.answer.getByText('tok/s').waitFor()
  }

  /** The same controls on another page. */
  in(page: Page): ChatPage {
    return new ChatPage(page)
  }

  /**
   * From now on the page's engine never comes. What asks the model nothing need not share the
   * processor with pipelines being compiled.
   */
  async withoutEngine() {
    await this.page.route(engineScript, never)
  }

  /** Makes an earlier visit have left these chats, and opens the last one. */
  async seed(...chats: (readonly Turn[])[]) {
    // The visit that makes the storage is over before an engine would be ready.
    await this.page.route(engineScript, notYet)
    await this.open()
    await this.textbox.waitFor()
    const ids = await seedChats(this.page, chats)
    await this.page.unroute(engineScript, notYet)
    await this.page.goto(`./#/c/${ids.at(-1)}`)
    await this.page.reload()
  }

  /**
   * Of the next answer nothing more comes once its reasoning contains this, until `goOn`: what a test
   * looks at meanwhile lasts, however fast the model is and however slow the page.
   */
  async pauseAt(text: string) {
    await this.page.evaluate((text) => Object.assign(answerGate, { pauseAt: text, said: '' }), text)
  }

  /** What was kept back comes, with the rest of the answer; or none of it, where the test has stopped it. */
  async goOn(rest: 'comes' | 'is lost' = 'comes') {
    await this.page.evaluate((isLost) => {
      const { held, request } = answerGate
      Object.assign(answerGate, { held: [], request: undefined, ...(isLost && { lost: request }) })
      for (const { kind, deliver } of held) if (!isLost || kind !== 'event') deliver()
    }, rest === 'is lost')
  }

  modelStatus(status: string): Locator {
    return this.page.getByRole('button', { name: `${status}. Change model` })
  }
}

/**
 * Runs a statement before every script of the app, the engine's worker included, which the init
 * scripts of Playwright do not reach.
 */
export async function runFirst(page: Page, statement: string) {
  await page.route('**/*.js', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${statement};${await response.text()}` })
  })
}

/** Makes the person have allowed this host before the page opens, which need not open anew then. */
export async function allowHost(page: Page, origin: string) {
  await page.addInitScript((origin) => {
    if (location.protocol === 'http:')
      localStorage.setItem('alcove-hosts', JSON.stringify([origin]))
  }, origin)
}

/** Between the engine's worker and the page, in the page. */
declare const answerGate: {
  pauseAt: string | undefined
  /** Reasoning that has come since `pauseAt` was set. */
  said: string
  /** The request whose messages are kept back. */
  request: number | undefined
  held: { kind: string; deliver: () => void }[]
  /** The request of whose answer nothing comes any more but its end. */
  lost: number | undefined
}

/** Puts the gate there; runs before the app. */
function makeAnswerGate() {
  const gate: typeof answerGate = {
    pauseAt: undefined,
    said: '',
    request: undefined,
    held: [],
    lost: undefined,
  }
  Object.assign(globalThis, { answerGate: gate })

  const notice = ({ id, kind, event }: WorkerMessage) => {
    if (gate.pauseAt === undefined || kind !== 'event') return
    gate.said += event?.choices?.[0]?.delta.reasoning ?? ''
    if (!gate.said.includes(gate.pauseAt)) return
    gate.pauseAt = undefined
    gate.request = id
  }
  const listen = Worker.prototype.addEventListener
  Worker.prototype.addEventListener = function (
    type: string,
    listener: unknown,
    options?: boolean | AddEventListenerOptions,
  ) {
    const deliver = listener as (event: Event) => void
    const through = (event: Event) => {
      const { data } = event as MessageEvent<WorkerMessage | undefined>
      if (data?.kind === undefined) return deliver(event)
      const { id, kind } = data
      if (id === gate.lost && kind === 'event') return
      if (id === gate.request) return gate.held.push({ kind, deliver: () => deliver(event) })
      notice(data)
      deliver(event)
    }
    listen.call(this, type, through, options)
  }
}

/** Of a message from the engine's worker, what the gate looks at. */
interface WorkerMessage {
  id: number
  kind: string
  event?: { choices?: { delta: { reasoning?: string } }[] }
}

export interface Fixtures {
  chat: ChatPage
  /** Messages the browser may put on the console as errors in this test, as it does for a 404. */
  expectedErrors: RegExp[]
}

/** A test with the page's controls; it fails when the page writes an error to the console. */
export const test = playwrightTest.extend<Fixtures>({
  expectedErrors: [[], { option: true }],

  chat: async ({ page, expectedErrors }, use) => {
    const errors: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text())
    })
    page.on('pageerror', (error) => errors.push(String(error)))

    await page.addInitScript(makeAnswerGate)
    await use(new ChatPage(page))

    const unexpected = errors.filter((text) => !expectedErrors.some((known) => known.test(text)))
    playwrightTest.expect(unexpected, 'errors on the console').toEqual([])
  },
})
