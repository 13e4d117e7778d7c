import { createStore, type StoreApi } from 'zustand/vanilla'
import { EngineError, type EngineErrorData, errorData } from '../../engine/errors'
import type {
  ChatChunk,
  ChatMessage,
  ChatTimings,
  ChatUsage,
  Engine,
  FinishReason,
  ReasoningEffort,
  SamplingOptions,
} from '../../engine/index'
import type { EngineState } from './engine-store'

export interface UserMessage {
  role: 'user'
  id: number
  content: string
}

/**
 * The stations of one answer: waiting for the model to load, reading the chat (prefill), writing
 * on the analysis channel, writing for the user, over.
 */
export type AnswerStage = 'queued' | 'reading' | 'thinking' | 'answering' | 'finished'

export interface AssistantMessage {
  role: 'assistant'
  id: number
  stage: AnswerStage
  /** The effort that this answer was asked with. */
  effort: ReasoningEffort
  reasoning: string
  /** Undefined until the reasoning is over, and where there was none. */
  reasoningMs?: number
  /** Text of the commentary channel meant for the user. */
  commentary: string
  content: string
  /** Undefined until the end, and where the answer failed. */
  finishReason?: FinishReason
  error?: EngineErrorData
  usage?: ChatUsage
  timings?: ChatTimings
  seed?: number
  repairs?: readonly string[]
}

export type Message = UserMessage | AssistantMessage

export interface ChatState {
  messages: readonly Message[]
  /** True from Send until the answer is finished, stopped or failed. */
  busy: boolean
  /** Appends the user's message and an answer to it. Does nothing while busy or for blank text. */
  send(content: string): Promise<void>
  /** Ends the answer under way and keeps what it has said. */
  stop(): void
  /** Throws the last answer away and asks again. */
  retry(): Promise<void>
  newChat(): void
}

export type ChatStore = StoreApi<ChatState>

export interface ChatEnvironment {
  engine: Pick<Engine, 'chat'>
  model: Pick<EngineState, 'whenReady' | 'forget'>
  sampling: SamplingOptions
  /** Effort for the next answer. */
  effort: () => ReasoningEffort
  /** Calls back before the next paint. Text is shown once a frame, however fast tokens arrive. */
  nextFrame: (callback: () => void) => void
  /** A clock in milliseconds. */
  now: () => number
}

/** One conversation and the answer being written in it. */
export function createChatStore(environment: ChatEnvironment): ChatStore {
  const { engine, model, sampling, effort, nextFrame, now } = environment
  let nextId = 0
  let controller = new AbortController()
  // A stopped answer may still be winding down in the engine; the next one starts after it.
  let running: Promise<void> = Promise.resolve()

  return createStore<ChatState>()((set, get) => {
    /** Changes one answer; does nothing once a new chat has dropped it. */
    function update(id: number, change: (message: AssistantMessage) => Partial<AssistantMessage>) {
      set(({ messages }) => ({
        messages: messages.map((message) =>
          message.id === id && message.role === 'assistant'
            ? { ...message, ...change(message) }
            : message,
        ),
      }))
    }

    async function writeAnswer(id: number, history: readonly ChatMessage[], signal: AbortSignal) {
      const request = { ...sampling, messages: history, reasoning_effort: effort() }
      const text = { reasoning: '', commentary: '', content: '' }
      let frameRequested = false
      let over = false
      let reasoningBegan: number | undefined
      let reasoningMs: number | undefined

      function show() {
        if (over) return
        frameRequested = false
        const stage = text.content || text.commentary ? 'answering' : 'thinking'
        update(id, () => ({
          ...text,
          // What was on its way when the user pressed Stop is kept; the answer stays over.
          ...(!signal.aborted && { stage }),
          ...(reasoningMs !== undefined && { reasoningMs }),
        }))
      }

      function take({ reasoning, commentary, content }: ChatChunk['choices'][0]['delta']) {
        if (!reasoning && !commentary && !content) return
        if (reasoning) {
          reasoningBegan ??= now()
          text.reasoning += reasoning
        }
        if (commentary || content) endReasoning()
        text.commentary += commentary ?? ''
        text.content += content ?? ''
        if (frameRequested) return
        frameRequested = true
        nextFrame(show)
      }

      function endReasoning() {
        if (reasoningBegan !== undefined) reasoningMs ??= now() - reasoningBegan
      }

      signal.throwIfAborted()
      update(id, () => ({ stage: 'reading' }))
      try {
        for await (const chunk of engine.chat(request, { signal })) {
          take(chunk.choices[0].delta)
          if (chunk.choices[0].finish_reason !== null) {
            const { usage, timings, seed, repairs } = chunk
            const finishReason = chunk.choices[0].finish_reason
            update(id, () => ({
              finishReason,
              ...(usage && { usage }),
              ...(timings && { timings }),
              ...(seed !== undefined && { seed }),
              ...(repairs && { repairs }),
            }))
          }
        }
      } finally {
        endReasoning()
        if (text.reasoning || text.commentary || text.content) show()
        over = true
      }
    }

    /** Writes the answer `id`, loading the model first where it is not. */
    async function answer(id: number, history: readonly ChatMessage[], signal: AbortSignal) {
      try {
        await model.whenReady(signal)
        await writeAnswer(id, history, signal).catch(async (thrown: unknown) => {
          if (errorData(thrown).code !== 'model-not-loaded') throw thrown
          // The worker was restarted since the model was loaded.
          model.forget()
          update(id, () => ({ stage: 'queued' }))
          await model.whenReady(signal)
          await writeAnswer(id, history, signal)
        })
      } catch (thrown) {
        const error = errorData(thrown)
        if (error.code === 'device-lost') model.forget()
        if (!signal.aborted) update(id, () => ({ error }))
      }
    }

    function ask(): Promise<void> {
      const id = nextId++
      const history = toHistory(get().messages)
      controller = new AbortController()
      const { signal } = controller
      const blank: AssistantMessage = {
        role: 'assistant',
        id,
        stage: 'queued',
        effort: effort(),
        reasoning: '',
        commentary: '',
        content: '',
      }
      set(({ messages }) => ({ messages: [...messages, blank], busy: true }))
      running = running
        .then(() => answer(id, history, signal))
        .then(() => {
          update(id, () => ({ stage: 'finished' }))
          if (!signal.aborted) set({ busy: false })
        })
      return running
    }

    function stop() {
      if (!get().busy) return
      controller.abort(new EngineError({ code: 'cancelled' }))
      const last = get().messages.at(-1)
      if (last) update(last.id, () => ({ stage: 'finished', finishReason: 'cancelled' }))
      set({ busy: false })
    }

    return {
      messages: [],
      busy: false,

      async send(content) {
        if (get().busy || content.trim() === '') return
        const message: UserMessage = { role: 'user', id: nextId++, content: content.trim() }
        set(({ messages }) => ({ messages: [...messages, message] }))
        await ask()
      },

      stop,

      async retry() {
        const { busy, messages } = get()
        if (busy || messages.at(-1)?.role !== 'assistant') return
        set({ messages: messages.slice(0, -1) })
        await ask()
      },

      newChat() {
        stop()
        set({ messages: [] })
      },
    }
  })
}

/** The conversation as the engine is asked: finished reasoning is dropped (spec section 7.6). */
function toHistory(messages: readonly Message[]): ChatMessage[] {
  return messages
    .filter((message) => message.role === 'user' || message.content !== '')
    .map(({ role, content }) => ({ role, content }))
}
