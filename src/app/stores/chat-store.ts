import { createStore, type StoreApi } from 'zustand/vanilla'
import { EngineError, errorData } from '../../engine/errors'
import type {
  ChatChunk,
  ChatRequest,
  Engine,
  ReasoningEffort,
  SamplingOptions,
} from '../../engine/index'
import type { Question } from '../attachments/question-text'
import type { AnswerLocks } from '../conversations/answer-locks'
import { type ComputedWith, recordRun } from '../conversations/answer-run'
import { settingsRecord } from '../conversations/chat-settings'
import {
  type ContextUse,
  chooseContextStart,
  lastMessagesThatFit,
  seenMessages,
} from '../conversations/context-window'
import type {
  AssistantMessage,
  Attachment,
  ContextStart,
  EndpointReference,
  Message,
  UserMessage,
} from '../conversations/conversation'
import { type AnswerText, editedAnswer, textToGoOnFrom } from '../conversations/edited-answer'
import { toHistory } from '../conversations/history'
import { createSaver } from '../conversations/saver'
import type { ConversationStorage, MessagesChange } from '../conversations/storage'
import { type Branch, shownBranch, subtree } from '../conversations/tree'
import { answerErrorData } from '../errors'
import type { Answerer, ChatServer } from '../remote/chat-server'
import type { ChosenSettings } from './chat-settings-store'
import type { ConversationsState } from './conversations-store'
import type { EngineState } from './engine-store'

/** What an answer is asked with, where that differs from the settings. */
export interface AnswerOptions {
  effort?: ReasoningEffort
  temperature?: number
}

/** How room is made in a full context: the oldest messages go, and a summary may stand for them. */
export type Room = 'drop' | 'summarise'

/** Who writes an answer, where that is not this device, and whether room is made before. */
interface Asking {
  by?: ChatServer | undefined
  room?: Room | undefined
}

export interface ChatState extends Branch {
  /** The conversation that is shown; undefined for one that has not begun. */
  conversationId: string | undefined
  /** True while the messages of a conversation are read. */
  opening: boolean
  /** Whether this conversation's answer is being written, or waits to be. */
  busy: boolean
  /** Ids of all conversations of which that is true, shown or not. */
  writing: ReadonlySet<string>
  /** The server that is to answer in a conversation that has not begun. */
  newChatEndpoint: EndpointReference | undefined

  /** Shows a conversation; false where there is none of this id. */
  open(id: string): Promise<boolean>
  /** Shows an empty conversation, which begins with its first message, on this device. */
  newChat(): void
  /** Has a server answer in the shown conversation from now on; undefined for this device's model. */
  answerBy(endpoint: EndpointReference | undefined): void
  /**
   * Appends the user's message and an answer to it, room being made first where that is said. Does
   * nothing while busy, or for neither words nor files.
   */
  send(content: string, attachments?: readonly Attachment[], room?: Room): Promise<void>
  /** Ends the answer under way in the shown conversation and keeps what it has said. */
  stop(): void
  /** Asks again for an answer that failed, in its place. */
  retry(answerId: string): Promise<void>
  /** Asks for another version of an answer. */
  regenerate(answerId: string, options?: AnswerOptions): Promise<void>
  /** Writes on where an answer was stopped, interrupted or cut off. */
  resume(answerId: string): Promise<void>
  /**
   * What would go to make room for a next question, or for the last one where there is none;
   * undefined where nothing can go.
   * @throws EngineError `model-not-loaded`
   */
  planRoom(next: Question | undefined): Promise<ContextStart | undefined>
  /** Makes room for an answer that found the context full, and asks for it again, or for its rest. */
  makeRoom(answerId: string, room: Room): Promise<void>
  /** Lets the model see again what is before the question with which its view begins. */
  showAll(questionId: string): void
  /**
   * Tokens that the shown conversation takes before a next message.
   * @throws EngineError `model-not-loaded`
   */
  countContext(): Promise<Pick<ContextUse, 'instructions' | 'history'>>
  /** The same for a text. */
  countText(text: string): Promise<number>
  /** Puts another version of an answer beside it; with `goesOn` the model writes on from its end. */
  rewrite(answerId: string, text: AnswerText, goesOn: boolean): Promise<void>
  /** Begins a new branch with another version of a question, which has these files. */
  edit(questionId: string, content: string, attachments?: readonly Attachment[]): Promise<void>
  /** Shows the branch on which this version of a message is. */
  showVersion(messageId: string): void
  /** Removes a message and all that follows it; the function returned brings them back. */
  remove(messageId: string): Promise<() => Promise<void>>
  /** Stops what is written in a conversation that is being deleted, and leaves it. */
  leave(conversationId: string): void
  /** Writes what is not yet written, as before the page goes away. */
  flush(): Promise<void>
}

export type ChatStore = StoreApi<ChatState>

export interface ChatEnvironment {
  engine: Pick<Engine, 'chat'>
  /** Tokens of a text, or of the prompt made of a request. */
  countTokens: Engine['countTokens']
  model: Pick<EngineState, 'whenReady' | 'forget'>
  modelName: () => string
  /** The loaded model's weights and kernels, as far as they have a name. */
  computedWith: () => ComputedWith
  /** Tokens that the loaded model has room for. */
  contextTokens: () => number
  /** What the active model's makers recommend. */
  sampling: () => SamplingOptions
  /** The server that a conversation is to be answered by, where that is not this device. */
  server: (conversationId: string) => ChatServer | undefined
  storage: ConversationStorage
  conversations: Pick<ConversationsState, 'begin' | 'change' | 'noteSaved'>
  locks: AnswerLocks
  /** What the answers of a conversation are asked with. */
  settingsOf: (conversationId: string | undefined) => ChosenSettings
  /** The same for the one that begins now. */
  takeForNewChat: () => ChosenSettings
  /** Effort for the next answer. */
  effort: () => ReasoningEffort
  /** Calls back before a paint that comes soon: text is shown then, however fast tokens arrive. */
  nextFrame: (callback: () => void) => void
  /** Whether nothing is painted, as in a tab behind another: frames then do not come. */
  hidden: () => boolean
  /** A clock in milliseconds that is never set back. */
  now: () => number
}

/** An answer that this tab is writing. */
interface LiveAnswer {
  message: AssistantMessage
  controller: AbortController
}

/**
 * How often text is taken over while nothing is painted. Tokens themselves drive it, since the
 * timers of a hidden page come as seldom as once a minute.
 */
const hiddenMs = 500

const nothing: Branch = { messages: [], versions: new Map() }

/** The conversation that is shown, and the answers being written in it and in others. */
export function createChatStore(environment: ChatEnvironment): ChatStore {
  const { engine, countTokens, model, modelName, computedWith } = environment
  const { contextTokens, sampling, server, storage } = environment
  const { conversations, locks, effort, nextFrame, hidden, now } = environment

  /** All branches of the shown conversation. */
  let shown = { id: undefined as string | undefined, activeRootId: null as string | null }
  let tree = new Map<string, Message>()
  const live = new Map<string, LiveAnswer>()
  // One answer at a time: the next one starts after the one before, stopped or not, has wound down.
  let running: Promise<void> = Promise.resolve()
  let lastStamp = 0

  const saver = createSaver(storage, now, conversations.noteSaved)

  return createStore<ChatState>()((set, get) => {
    storage.subscribe((change) => {
      if (change.kind === 'messages') void takeChanges(change)
    })

    /** The time, later than every time before it, so that it tells the order of messages. */
    function stamp() {
      lastStamp = Math.max(Date.now(), lastStamp + 1)
      return lastStamp
    }

    function show() {
      set({ ...shownBranch(tree, shown.activeRootId), ...activity() })
    }

    function activity() {
      const writing = new Set<string>()
      for (const { message, controller } of live.values())
        if (!controller.signal.aborted) writing.add(message.conversationId)
      return { writing, busy: shown.id !== undefined && writing.has(shown.id) }
    }

    /** Keeps a message, and shows it in place where it is on the shown branch already. */
    function put(message: Message) {
      saver.save(message)
      if (message.conversationId !== shown.id) return
      tree.set(message.id, message)
      const { messages } = get()
      if (messages.some(({ id }) => id === message.id))
        set({ messages: messages.map((old) => (old.id === message.id ? message : old)) })
    }

    /** Makes a message the shown one among its versions. */
    function activate({ id, parentId, conversationId }: Message) {
      const parent = parentId === null ? undefined : tree.get(parentId)
      if (parent?.activeChildId === id) return
      if (parent) {
        put({ ...parent, activeChildId: id })
      } else if (conversationId === shown.id) {
        shown.activeRootId = id
        conversations.change(conversationId, { activeChildId: id })
      }
    }

    function add(message: Message) {
      put(message)
      activate(message)
      show()
      conversations.change(message.conversationId, { updatedAt: stamp() })
      return saver.flush()
    }

    /** Changes an answer that is being written; does nothing once it was deleted. */
    function update(id: string, change: (message: AssistantMessage) => Partial<AssistantMessage>) {
      const answer = live.get(id)
      if (answer === undefined) return
      answer.message = { ...answer.message, ...change(answer.message) }
      put(answer.message)
    }

    async function writeAnswer(
      id: string,
      request: ChatRequest,
      signal: AbortSignal,
      by: Answerer,
      computed: ComputedWith = {},
    ) {
      const before = live.get(id)?.message
      if (before === undefined) return
      const { reasoning, commentary, content } = before
      const text = { reasoning, commentary, content }
      let frameRequested = false
      let over = false
      let shownAt = now()
      let reasoningBegan: number | undefined
      let reasoningMs = before.reasoningMs
      let withoutEffort: true | undefined
      const record = recordRun(request, computed)

      function show() {
        if (over) return
        frameRequested = false
        shownAt = now()
        const stage = text.content || text.commentary ? 'answering' : 'thinking'
        update(id, () => ({
          ...text,
          // What was on its way when the user pressed Stop is kept; the answer stays over.
          ...(!signal.aborted && { stage }),
          ...(reasoningMs !== undefined && { reasoningMs }),
          ...(withoutEffort && { withoutEffort }),
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
        if (hidden() && now() - shownAt >= hiddenMs) {
          show()
        } else if (!frameRequested) {
          frameRequested = true
          nextFrame(show)
        }
      }

      function endReasoning() {
        if (reasoningBegan === undefined) return
        reasoningMs = (reasoningMs ?? 0) + now() - reasoningBegan
        reasoningBegan = undefined
      }

      signal.throwIfAborted()
      update(id, () => ({ stage: 'reading' }))
      try {
        for await (const chunk of by.chat(request, { signal })) {
          record.take(chunk)
          take(chunk.choices[0].delta)
          withoutEffort ??= chunk.withoutEffort
          if (chunk.choices[0].finish_reason !== null) {
            const { seed, repairs } = chunk
            const finishReason = chunk.choices[0].finish_reason
            const run = await record.finish(seed)
            update(id, (message) => ({
              finishReason,
              ...(run && { run }),
              ...figures(before, chunk),
              ...(seed !== undefined && { seed }),
              ...(repairs && { repairs: [...(message.repairs ?? []), ...repairs] }),
            }))
          }
        }
      } finally {
        endReasoning()
        if (text.reasoning || text.commentary || text.content) show()
        over = true
      }
    }

    /** Writes the answer `id` on this device, loading the model first where it is not. */
    async function writeHere(id: string, prepare: () => Promise<ChatRequest>, signal: AbortSignal) {
      await model.whenReady(signal)
      const request = await prepare()
      await writeAnswer(id, request, signal, engine, computedWith()).catch(
        async (thrown: unknown) => {
          if (errorData(thrown).code !== 'model-not-loaded') throw thrown
          // The worker was restarted since the model was loaded.
          model.forget()
          update(id, () => ({ stage: 'queued' }))
          await model.whenReady(signal)
          await writeAnswer(id, request, signal, engine, computedWith())
        },
      )
    }

    /** Has the answer `id` written, and notes what kept it from coming. */
    async function answer(id: string, signal: AbortSignal, write: () => Promise<void>) {
      try {
        await write()
      } catch (thrown) {
        const error = answerErrorData(thrown)
        if (error.code === 'device-lost') model.forget()
        if (!signal.aborted) update(id, () => ({ error }))
      }
    }

    /** What the model is asked for an answer, or the rest of one, after these messages. */
    function requestFor(
      answer: Pick<AssistantMessage, 'effort' | 'temperature'> & Partial<AssistantMessage>,
      path: readonly Message[],
      by?: ChatServer,
    ): ChatRequest {
      const { instructions, reasoning = '', commentary = '', content = '' } = answer
      const isContinued = reasoning + commentary + content !== ''
      const begun = { role: 'assistant', reasoning, commentary, content } as const
      return {
        ...(by ?? { sampling: sampling() }).sampling,
        ...answer.sampling,
        messages: [
          ...(instructions ? [{ role: 'developer', content: instructions } as const] : []),
          ...toHistory(path),
          ...(isContinued ? [begun] : []),
        ],
        reasoning_effort: answer.effort,
        temperature: answer.temperature,
        ...(isContinued && { continue_final_message: true }),
        // What is made in several pieces cannot be made again; and servers know other fields.
        ...(!isContinued && !by && { return_token_ids: true }),
      }
    }

    /**
     * Leaves out the oldest messages of a path so that `answer` has room, and resolves to the rest.
     * The first of the rest is marked, once a summary that was asked for is complete.
     */
    async function makeRoom(
      answer: AssistantMessage,
      path: readonly Message[],
      room: Room,
      signal: AbortSignal,
    ): Promise<readonly Message[]> {
      const seen = seenMessages(path)
      const count = (messages: readonly Message[]) => countTokens(requestFor(answer, messages))
      const start = await chooseContextStart(seen, count, contextTokens())
      if (start === undefined) return path
      const dropped = seen.slice(0, start.messages)
      const summary = room === 'summarise' ? await summarise(answer, dropped, signal) : ''
      signal.throwIfAborted()
      const [old, ...rest] = seen.slice(start.messages) as [UserMessage, ...Message[]]
      // Another answer of it may have been shown meanwhile.
      const { activeChildId } = tree.get(old.id) ?? old
      const contextStart = { ...start, ...(summary && { summary }) }
      const first = { ...old, activeChildId, contextStart }
      put(first)
      return [first, ...rest]
    }

    /** What the model has to say of messages that it will not see again. */
    async function summarise(
      answer: AssistantMessage,
      messages: readonly Message[],
      signal: AbortSignal,
    ): Promise<string> {
      const max_tokens = Math.min(summaryTokensMax, Math.floor(contextTokens() / 4))
      const requestOf = (messages: readonly Message[]): ChatRequest => ({
        ...sampling(),
        messages: [...toHistory(messages), { role: 'user', content: summaryInstruction }],
        reasoning_effort: 'low',
        max_tokens,
      })
      update(answer.id, () => ({ stage: 'summarising' }))
      const fitting = await lastMessagesThatFit(
        messages,
        (some) => countTokens(requestOf(some)),
        contextTokens() - max_tokens,
      )
      let summary = ''
      for await (const chunk of engine.chat(requestOf(fitting), { signal }))
        summary += chunk.choices[0].delta.content ?? ''
      return summary.trim()
    }

    /**
     * Puts an answer, or the rest of one, into the queue, unless a server writes it, and resolves when
     * it is over. Only this device makes room: what a server has room for is not known here.
     */
    async function ask(message: AssistantMessage, { by, room }: Asking = {}) {
      const { id } = message
      const controller = new AbortController()
      const { signal } = controller
      live.set(id, { message, controller })
      const added = add(message)
      const path = pathTo(message.parentId)
      const request = async () =>
        requestFor(message, room ? await makeRoom(message, path, room, signal) : path)
      const write = by
        ? () => writeAnswer(id, requestFor(message, path, by), signal, by)
        : () => running.then(() => writeHere(id, request, signal))
      const written = answer(id, signal, write).then(() => {
        update(id, () => ({ stage: 'finished' }))
        live.delete(id)
        set(activity())
        return saver.flush()
      })
      if (!by) running = written
      locks.hold(id, written)
      await added
      await written
    }

    function askFor(question: Message, options: AnswerOptions = {}, room?: Room): Promise<void> {
      const by = server(question.conversationId)
      const message: AssistantMessage = {
        role: 'assistant',
        id: crypto.randomUUID(),
        conversationId: question.conversationId,
        parentId: question.id,
        activeChildId: null,
        createdAt: stamp(),
        stage: 'queued',
        model: by?.model ?? modelName(),
        ...(by && { remote: by.host }),
        ...asked(question.conversationId, by),
        ...options,
        reasoning: '',
        commentary: '',
        content: '',
      }
      return ask(message, { by, room })
    }

    /** What the next answer of a conversation is asked with, unless it is said otherwise. */
    function asked(conversationId: string | undefined, by?: ChatServer) {
      const settings = environment.settingsOf(conversationId)
      const { temperature = 1 } = { ...(by?.sampling ?? sampling()), ...settings.sampling }
      return { effort: effort(), temperature, ...settingsRecord(settings) }
    }

    /** Asks for the rest of an answer. */
    function goOn(answer: AssistantMessage, room?: Room): Promise<void> {
      const { finishReason: _, error: __, run: ___, ...begun } = answer
      return ask({ ...begun, stage: 'queued' }, { room })
    }

    async function askQuestion(
      parentId: string | null,
      content: string,
      attachments: readonly Attachment[],
      { contextStart, room }: Pick<UserMessage, 'contextStart'> & { room?: Room | undefined } = {},
    ): Promise<void> {
      const question: UserMessage = {
        role: 'user',
        id: crypto.randomUUID(),
        conversationId: shown.id ?? begin(content.trim() || (attachments[0]?.name ?? '')),
        parentId,
        activeChildId: null,
        createdAt: stamp(),
        content: content.trim(),
        ...(attachments.length > 0 && { attachments }),
        ...(contextStart && { contextStart }),
      }
      void add(question)
      await askFor(question, {}, room)
    }

    /** Begins the conversation whose first question this is. */
    function begin(content: string): string {
      const id = crypto.randomUUID()
      const createdAt = stamp()
      const about = { id, title: titleOf(content), createdAt, updatedAt: createdAt, pinned: false }
      const { personaId, ...settings } = environment.takeForNewChat()
      const { newChatEndpoint: endpoint } = get()
      conversations.begin({
        ...about,
        activeChildId: null,
        ...settingsRecord(settings),
        ...(personaId !== undefined && { personaId }),
        ...(endpoint && { endpoint }),
      })
      shown = { id, activeRootId: null }
      set({ conversationId: id, newChatEndpoint: undefined })
      return id
    }

    /** The messages from the first one to this one. */
    function pathTo(id: string | null): Message[] {
      const path: Message[] = []
      let message = tree.get(id ?? '')
      while (message) {
        path.unshift(message)
        message = message.parentId === null ? undefined : tree.get(message.parentId)
      }
      return path
    }

    /** The answer of this id, if it can be asked for again now. */
    function idleAnswer(id: string): AssistantMessage | undefined {
      const message = tree.get(id)
      return message?.role === 'assistant' && !get().busy ? message : undefined
    }

    /** What another tab has written or removed, as far as it is shown here. */
    async function takeChanges({ conversationId, messageIds }: MessagesChange) {
      if (conversationId !== shown.id) return
      const ids = messageIds.filter((id) => !live.has(id))
      const messages = await Promise.all(ids.map((id) => storage.message(conversationId, id)))
      if (conversationId !== shown.id) return
      const held = await locks.held()
      for (const [index, id] of ids.entries()) {
        const message = messages[index]
        if (message) tree.set(id, settle(message, held))
        else tree.delete(id)
      }
      show()
    }

    /** An answer that no tab is writing any more will not grow: its page went away. */
    function settle(message: Message, held: ReadonlySet<string>): Message {
      if (!isUnderWay(message)) return message
      if (!held.has(message.id)) return { ...message, stage: 'interrupted' }
      const { conversationId, id } = message
      void locks.released(id).then(() => takeChanges({ conversationId, messageIds: [id] }))
      return message
    }

    function leave() {
      shown = { id: undefined, activeRootId: null }
      tree = new Map()
      set({
        ...nothing,
        ...activity(),
        conversationId: undefined,
        opening: false,
        newChatEndpoint: undefined,
      })
    }

    return {
      ...nothing,
      conversationId: undefined,
      opening: false,
      busy: false,
      writing: new Set(),
      newChatEndpoint: undefined,

      async open(id) {
        if (shown.id === id) return true
        leave()
        shown.id = id
        set({ conversationId: id, opening: true, ...activity() })
        await saver.flush()
        const [list, messages, held] = await Promise.all([
          storage.list(),
          storage.messages(id),
          locks.held(),
        ])
        // Another one was opened meanwhile.
        if (shown.id !== id) return true
        const conversation = list.find((known) => known.id === id && !known.deletedAt)
        if (conversation === undefined) {
          leave()
          return false
        }
        shown.activeRootId = conversation.activeChildId
        tree = new Map(
          messages.map((stored) => {
            const message = live.get(stored.id)?.message ?? settle(stored, held)
            return [message.id, message]
          }),
        )
        show()
        set({ opening: false })
        return true
      },

      newChat: leave,

      answerBy(endpoint) {
        if (shown.id === undefined) set({ newChatEndpoint: endpoint })
        else conversations.change(shown.id, { endpoint })
      },

      async send(content, attachments = [], room) {
        if (get().busy || get().opening || isNothing(content, attachments)) return
        await askQuestion(get().messages.at(-1)?.id ?? null, content, attachments, { room })
      },

      stop() {
        for (const [id, { message, controller }] of live) {
          if (message.conversationId !== shown.id || controller.signal.aborted) continue
          controller.abort(new EngineError({ code: 'cancelled' }))
          update(id, () => ({ stage: 'finished', finishReason: 'cancelled' }))
        }
        set(activity())
      },

      async retry(answerId) {
        const failed = idleAnswer(answerId)
        const question = tree.get(failed?.parentId ?? '')
        if (failed === undefined || question === undefined) return
        await get().remove(answerId)
        await askFor(question, { effort: failed.effort, temperature: failed.temperature })
      },

      async regenerate(answerId, options) {
        const answer = idleAnswer(answerId)
        const question = tree.get(answer?.parentId ?? '')
        if (question) await askFor(question, options)
      },

      async resume(answerId) {
        const answer = idleAnswer(answerId)
        if (answer && canResume(answer)) await goOn(answer)
      },

      async makeRoom(answerId, room) {
        const failed = idleAnswer(answerId)
        const question = tree.get(failed?.parentId ?? '')
        if (failed === undefined || question === undefined) return
        if (canResume(failed)) return goOn(failed, room)
        await get().remove(answerId)
        await askFor(question, { effort: failed.effort, temperature: failed.temperature }, room)
      },

      planRoom(next) {
        const { messages } = get()
        const path = next
          ? [...messages, { ...emptyQuestion, ...next }]
          : messages.slice(0, messages.findLastIndex(({ role }) => role === 'user') + 1)
        const answer = asked(shown.id)
        const count = (some: readonly Message[]) => countTokens(requestFor(answer, some))
        return chooseContextStart(seenMessages(path), count, contextTokens())
      },

      showAll(questionId) {
        const question = tree.get(questionId)
        if (question?.role !== 'user') return
        const { contextStart: _, ...rest } = question
        put(rest)
      },

      async countContext() {
        const next = asked(shown.id)
        const [instructions, all] = await Promise.all([
          countTokens(requestFor(next, [emptyQuestion])),
          countTokens(requestFor(next, [...get().messages, emptyQuestion])),
        ])
        return { instructions, history: all - instructions }
      },

      countText: countTokens,

      async rewrite(answerId, text, goesOn) {
        const answer = idleAnswer(answerId)
        if (answer === undefined) return
        const { commentary } = answer
        const version = editedAnswer(
          answer,
          goesOn ? textToGoOnFrom(answer, text) : { ...text, commentary },
          { id: crypto.randomUUID(), createdAt: stamp() },
        )
        await (goesOn ? goOn(version) : add(version))
      },

      async edit(questionId, content, attachments = []) {
        const question = tree.get(questionId)
        if (get().busy || question?.role !== 'user' || isNothing(content, attachments)) return
        const { parentId, contextStart } = question
        await askQuestion(parentId, content, attachments, contextStart && { contextStart })
      },

      showVersion(messageId) {
        const message = tree.get(messageId)
        if (message === undefined) return
        activate(message)
        show()
      },

      async remove(messageId) {
        const removed = subtree(tree, messageId)
        const conversationId = removed[0]?.conversationId
        if (conversationId === undefined) return async () => {}
        const messageIds = removed.map(({ id }) => id)
        for (const id of messageIds) {
          live.get(id)?.controller.abort(new EngineError({ code: 'cancelled' }))
          live.delete(id)
          tree.delete(id)
        }
        show()
        saver.forget(messageIds)
        await Promise.all([saver.flush(), storage.removeMessages({ conversationId, messageIds })])
        return async () => {
          for (const message of removed) put(isUnderWay(message) ? interrupted(message) : message)
          if (removed[0]) activate(removed[0])
          show()
          await saver.flush()
        }
      },

      leave(conversationId) {
        for (const { message, controller } of live.values())
          if (message.conversationId === conversationId)
            controller.abort(new EngineError({ code: 'cancelled' }))
        if (shown.id === conversationId) leave()
        else set(activity())
      },

      flush: () => saver.flush(),
    }
  })
}

/**
 * Whether an answer has text that the model can go on from, and an end that was not its own. For
 * servers nobody has agreed how one is asked to go on.
 */
export function canResume(message: AssistantMessage): boolean {
  if (message.remote !== undefined) return false
  const { stage, error, finishReason, reasoning, commentary, content } = message
  const wasCutOff =
    stage === 'interrupted' ||
    error !== undefined ||
    finishReason === 'cancelled' ||
    finishReason === 'length'
  return wasCutOff && !isUnderWay(message) && reasoning + commentary + content !== ''
}

export function isUnderWay(message: Message): message is AssistantMessage {
  return (
    message.role === 'assistant' && message.stage !== 'finished' && message.stage !== 'interrupted'
  )
}

const interrupted = (message: AssistantMessage): AssistantMessage => ({
  ...message,
  stage: 'interrupted',
})

/** Stands for the next message when tokens are counted. */
const emptyQuestion: UserMessage = {
  role: 'user',
  id: 'next',
  conversationId: '',
  parentId: null,
  activeChildId: null,
  createdAt: 0,
  content: '',
}

/** Room for the reasoning about a summary too. */
const summaryTokensMax = 1024

/** Asked of the model, in the language that models are asked in; it answers in the chat's own. */
const summaryInstruction =
  'Summarise our conversation up to here, so that it can go on without its messages: facts, names, numbers, decisions, open questions. Be brief, use the language of the conversation, and write nothing but the summary.'

const isNothing = (content: string, attachments: readonly Attachment[]) =>
  content.trim() === '' && attachments.length === 0

/** The first line of a question, as far as it fits a list. */
function titleOf(content: string): string {
  const line = content.trim().split('\n', 1)[0] ?? ''
  return line.length <= 80 ? line : `${line.slice(0, 79).trimEnd()}…`
}

/**
 * How much was written and how fast, over both runs of an answer that was resumed. Of an answer
 * whose first run left no figures nobody knows how many tokens it has.
 */
function figures(before: AssistantMessage, { usage, timings }: ChatChunk) {
  const isResumed = before.reasoning + before.commentary + before.content !== ''
  const earlier = before.timings
  const sum = before.usage
  const together = usage && (sum ? addUsage(sum, usage) : isResumed ? undefined : usage)
  return {
    ...(together && { usage: together }),
    ...(timings && { timings: earlier ? addTimings(earlier, timings) : timings }),
  }
}

function addUsage(first: NonNullable<ChatChunk['usage']>, second: typeof first): typeof first {
  const completion_tokens = first.completion_tokens + second.completion_tokens
  return {
    ...first,
    completion_tokens,
    total_tokens: first.prompt_tokens + completion_tokens,
    reasoning_tokens: first.reasoning_tokens + second.reasoning_tokens,
  }
}

function addTimings(first: NonNullable<ChatChunk['timings']>, second: typeof first): typeof first {
  const mean = (a: number, aMs: number, b: number, bMs: number) =>
    aMs + bMs > 0 ? (a * aMs + b * bMs) / (aMs + bMs) : 0
  return {
    firstTokenMs: first.firstTokenMs,
    prefillMs: first.prefillMs + second.prefillMs,
    decodeMs: first.decodeMs + second.decodeMs,
    prefillTokensPerSecond: mean(
      first.prefillTokensPerSecond,
      first.prefillMs,
      second.prefillTokensPerSecond,
      second.prefillMs,
    ),
    decodeTokensPerSecond: mean(
      first.decodeTokensPerSecond,
      first.decodeMs,
      second.decodeTokensPerSecond,
      second.decodeMs,
    ),
  }
}
