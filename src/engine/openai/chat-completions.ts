/** OpenAI-style requests → Harmony conversations; generated tokens → OpenAI-style chunks. */
import { EngineError } from '../errors'
import type { MessageHeader } from '../harmony/header'
import type {
  DeveloperContent,
  HarmonyMessage,
  ReasoningEffort,
  ToolNamespace,
} from '../harmony/message'
import { HarmonyParser, type ParserEvent } from '../harmony/parser'
import { CONSTRAIN } from '../harmony/tokens'
import type { Tokenizer } from '../tokenizer/tokenizer'
import { StopStringGate } from './stop-strings'
import type {
  ChatChunk,
  ChatDelta,
  ChatMessage,
  ChatRequest,
  ChatTimings,
  ChatTool,
  FinishReason,
  ToolCall,
} from './types'

/** The model was trained on this sentence; a persona goes into the instructions (spec section 7.2). */
const MODEL_IDENTITY = 'You are ChatGPT, a large language model trained by OpenAI.'
const KNOWLEDGE_CUTOFF = '2024-06'
const VALID_CHANNELS = ['analysis', 'commentary', 'final']
const REASONING_EFFORTS: readonly unknown[] = ['low', 'medium', 'high'] satisfies ReasoningEffort[]

/** Namespace of the functions that a request declares. */
const FUNCTIONS = 'functions.'

/**
 * The conversation to render for a request: a system message with effort and date, a developer
 * message with the instructions and the tools, then the messages.
 *
 * A system or developer message at the beginning gives the instructions; a later one stays where it
 * is, as a developer message. Reasoning is left out of every turn that is finished (spec section
 * 7.6): what remains is the reasoning behind calls that no answer has followed yet, and that of an
 * answer to be continued, which is the last message then.
 *
 * @throws EngineError `request-invalid` when the request, which may come from outside TypeScript, is
 *   not of its type, when a tool's result answers no call, for two tools of one name, and when there
 *   is nothing to continue
 */
export function toHarmony(request: ChatRequest): HarmonyMessage[] {
  const { messages, tools = [], reasoning_effort = 'medium', current_date = today() } = request
  const isContinued = request.continue_final_message === true
  check(Array.isArray(messages) && messages.length > 0, 'messages is not a list of messages')
  check(REASONING_EFFORTS.includes(reasoning_effort), 'reasoning_effort is not low, medium or high')
  check(/^\d{4}-\d{2}-\d{2}$/.test(current_date), 'current_date is not of the form YYYY-MM-DD')

  const first = messages[0]
  const isInstructed = first?.role === 'system' || first?.role === 'developer'
  const instructions = isInstructed ? text(first.content, 'messages[0].content') : ''
  const conversation = new Conversation(toolNames(tools))
  conversation.add({
    role: 'system',
    content: [
      {
        type: 'system_content',
        modelIdentity: MODEL_IDENTITY,
        knowledgeCutoff: KNOWLEDGE_CUTOFF,
        conversationStartDate: current_date,
        reasoningEffort: reasoning_effort,
        channelConfig: { validChannels: VALID_CHANNELS, channelRequired: true },
      },
    ],
  })
  const developer = developerContent(instructions, tools)
  if (developer !== undefined) conversation.add({ role: 'developer', content: [developer] })

  if (isContinued) {
    const last = messages.at(-1)
    check(
      last?.role === 'assistant' && !last.tool_calls?.length,
      'continue_final_message, and the last message is not an answer',
    )
  }
  const finished = isContinued ? messages.slice(0, -1) : messages
  const lastAnswer = finished.findLastIndex(
    (message) => message?.role === 'assistant' && !message.tool_calls?.length,
  )
  for (const [index, message] of messages.entries()) {
    if (index === 0 && isInstructed) continue
    conversation.addChatMessage(message, `messages[${index}]`, index > lastAnswer)
  }
  check(
    !isContinued || conversation.messages.at(-1)?.role === 'assistant',
    'continue_final_message, and the last message has no text',
  )
  return conversation.messages
}

/** The messages of the answer at the end of a conversation: what `continue_final_message` continues. */
export function answerAtEnd(messages: readonly HarmonyMessage[]): readonly HarmonyMessage[] {
  return messages.slice(messages.findLastIndex(({ role }) => role !== 'assistant') + 1)
}

/** A Harmony conversation that grows by OpenAI-style messages. */
class Conversation {
  readonly messages: HarmonyMessage[] = []
  readonly #toolNames: ReadonlySet<string>
  /** Id of a call → the tool that it called, by its Harmony name. */
  readonly #calledTools = new Map<string, string>()

  constructor(toolNames: ReadonlySet<string>) {
    this.#toolNames = toolNames
  }

  add(message: HarmonyMessage): void {
    this.messages.push(message)
  }

  /**
   * @param at where the message stands, for errors
   * @param isUnderWay whether its turn has no answer yet, so that its reasoning is still needed
   */
  addChatMessage(message: ChatMessage, at: string, isUnderWay: boolean): void {
    switch (message?.role) {
      case 'system':
      case 'developer': {
        const developer = developerContent(text(message.content, `${at}.content`), [])
        if (developer !== undefined) this.add({ role: 'developer', content: [developer] })
        break
      }
      case 'user':
        this.add({ role: 'user', content: textContent(text(message.content, `${at}.content`)) })
        break
      case 'assistant':
        this.#addTurn(message, at, isUnderWay)
        break
      case 'tool':
        this.#addResult(message, at)
        break
      default:
        throw invalid(`${at}.role is not system, developer, user, assistant or tool`)
    }
  }

  #addTurn(
    message: Extract<ChatMessage, { role: 'assistant' }>,
    at: string,
    isUnderWay: boolean,
  ): void {
    const { reasoning, commentary, tool_calls: calls = [] } = message
    check(Array.isArray(calls), `${at}.tool_calls is not a list`)
    // Clients send no content beside calls.
    const content = calls.length > 0 ? (message.content ?? '') : message.content
    if (isUnderWay) this.#addSpoken('analysis', reasoning ?? '', `${at}.reasoning`)
    this.#addSpoken('commentary', commentary ?? '', `${at}.commentary`)
    this.#addSpoken(calls.length > 0 ? 'commentary' : 'final', content, `${at}.content`)
    for (const [index, call] of calls.entries()) this.#addCall(call, `${at}.tool_calls[${index}]`)
  }

  /** Nothing is added for empty text: the turn was stopped before it, or had none. */
  #addSpoken(channel: string, spoken: string, at: string): void {
    const content = textContent(text(spoken, at))
    if (spoken !== '') this.add({ role: 'assistant', channel, content })
  }

  #addCall(call: ToolCall, at: string): void {
    const id = text(call?.id, `${at}.id`)
    const name = text(call.function?.name, `${at}.function.name`)
    const content = textContent(text(call.function.arguments, `${at}.function.arguments`))
    const recipient = this.#harmonyName(name)
    this.#calledTools.set(id, recipient)
    this.add({ role: 'assistant', recipient, content, ...callStyle(recipient) })
  }

  #addResult(message: Extract<ChatMessage, { role: 'tool' }>, at: string): void {
    const id = text(message.tool_call_id, `${at}.tool_call_id`)
    const name = this.#calledTools.get(id)
    if (name === undefined)
      throw invalid(`${at} answers the call ${JSON.stringify(id)}, which is not above it`)
    const content = textContent(text(message.content, `${at}.content`))
    this.add({
      role: 'tool',
      name,
      recipient: 'assistant',
      channel: callStyle(name).channel,
      content,
    })
  }

  /** Undoes `toolName`: every name is a function's but those only a built-in tool has. */
  #harmonyName(name: string): string {
    const isBuiltIn = !this.#toolNames.has(name) && /^python$|\./.test(name)
    return isBuiltIn ? name : FUNCTIONS + name
  }
}

/** Functions are called with JSON on commentary, built-in tools on analysis (spec section 7.5). */
function callStyle(recipient: string): { channel: string; contentType: string } {
  return recipient.startsWith(FUNCTIONS)
    ? { channel: 'commentary', contentType: `${CONSTRAIN}json` }
    : { channel: 'analysis', contentType: 'code' }
}

function developerContent(
  instructions: string,
  tools: readonly ChatTool[],
): DeveloperContent | undefined {
  if (instructions === '' && tools.length === 0) return undefined
  return {
    type: 'developer_content',
    ...(instructions !== '' && { instructions }),
    ...(tools.length > 0 && { tools: { functions: functionNamespace(tools) } }),
  }
}

function functionNamespace(tools: readonly ChatTool[]): ToolNamespace {
  return {
    name: 'functions',
    tools: tools.map(({ function: { name, description = '', parameters } }) => ({
      name,
      description,
      parameters,
    })),
  }
}

function toolNames(tools: readonly ChatTool[]): Set<string> {
  check(Array.isArray(tools), 'tools is not a list')
  const names = new Set<string>()
  for (const [index, tool] of tools.entries()) {
    const at = `tools[${index}]`
    check(tool?.type === 'function', `${at}.type is not "function"`)
    const name = text(tool.function?.name, `${at}.function.name`)
    // The name becomes a word of message headers.
    check(
      /^[\w.-]+$/.test(name),
      `${at}.function.name has signs beside letters, digits, _, - and .`,
    )
    check(!names.has(name), `two tools have the name ${JSON.stringify(name)}`)
    const { description = '' } = tool.function
    text(description, `${at}.function.description`)
    names.add(name)
  }
  return names
}

/** The date where the person is, YYYY-MM-DD. */
export function today(): string {
  const now = new Date()
  const month = String(now.getMonth() + 1).padStart(2, '0')
  return `${now.getFullYear()}-${month}-${String(now.getDate()).padStart(2, '0')}`
}

function textContent(content: string) {
  return [{ type: 'text' as const, text: content }]
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw invalid(`${at} is not a string`)
  return value
}

function check(holds: boolean, problem: string): void {
  if (!holds) throw invalid(problem)
}

function invalid(problem: string): EngineError {
  return new EngineError({ code: 'request-invalid', problem })
}

/** What of a chunk is the same for all chunks of an answer. */
export interface Completion {
  id: string
  /** Unix time in seconds. */
  created: number
  model: string
}

/** Why generation ended, before it is known whether a tool was called. */
export type StopReason = Exclude<FinishReason, 'tool_calls'>

/** What the last chunk reports and only the one who generated knows. */
export interface GenerationFacts {
  promptTokens: number
  /** Prompt tokens whose keys and values were still in the cache. */
  cachedTokens: number
  timings: ChatTimings
  seed: number
}

export interface CollectorOptions {
  /** The messages that the answer to be continued has so far; the last one is open. */
  begun?: readonly HarmonyMessage[]
  /** Texts before which `content` ends. */
  stops?: readonly string[]
}

/**
 * Turns the tokens of one answer into chunks as they come: for each id `push`, at the end `finish`.
 * Whatever the model writes before a stop string ends up in some chunk:
 *
 * | message | delta |
 * | --- | --- |
 * | to a tool, any tool | `tool_calls`; a name without namespace is a function's |
 * | on the analysis channel, or in the name of somebody else | `reasoning` |
 * | on the commentary channel | `commentary` |
 * | on any other channel or none | `content` |
 */
export class ChatCollector {
  readonly #completion: Completion
  readonly #parser: HarmonyParser
  readonly #repairs: string[] = []
  readonly #gate: StopStringGate
  /** Fields that have text already; a further message begins a new paragraph. */
  readonly #written = new Set<TextField | 'tool_calls'>()
  #paragraph = ''
  #hasRole = false
  #callCount = 0
  #completionTokens = 0
  #reasoningTokens = 0

  constructor(
    tokenizer: Tokenizer,
    completion: Completion,
    { begun = [], stops = [] }: CollectorOptions = {},
  ) {
    this.#completion = completion
    this.#gate = new StopStringGate(stops)
    for (const message of begun) this.#written.add(fieldOf(message))
    const { content: _, ...header } = begun.at(-1) ?? { content: [] }
    this.#parser = new HarmonyParser(tokenizer, {
      mode: 'tolerant',
      ...('role' in header ? { header } : { role: 'assistant' }),
    })
  }

  /** The answer's messages that are complete. */
  get messages(): readonly HarmonyMessage[] {
    return this.#parser.messages
  }

  /** Whether a stop string has come: the answer is over, whatever the model would go on to write. */
  get isStopped(): boolean {
    return this.#gate.isClosed
  }

  /** Takes a generated token, the one that stopped generation too. */
  push(id: number): ChatChunk[] {
    const headerBefore = this.#parser.header
    const events = this.#parser.push(id)
    this.#completionTokens++
    const isContent = headerBefore !== undefined && headerBefore === this.#parser.header
    if (isContent && fieldOf(headerBefore) === 'reasoning') this.#reasoningTokens++
    return this.#chunks(events)
  }

  /** The rest of the answer; the last chunk says how it ended. */
  finish(reason: StopReason, facts: GenerationFacts): ChatChunk[] {
    const chunks = this.#chunks(this.#parser.finish())
    const held = this.#gate.finish()
    if (held !== '') chunks.push(this.#chunk({ content: held }, null))
    const finishReason = reason === 'stop' && this.#callCount > 0 ? 'tool_calls' : reason
    const last: ChatChunk = {
      ...this.#chunk({}, finishReason),
      usage: {
        prompt_tokens: facts.promptTokens,
        cached_tokens: facts.cachedTokens,
        completion_tokens: this.#completionTokens,
        total_tokens: facts.promptTokens + this.#completionTokens,
        reasoning_tokens: this.#reasoningTokens,
      },
      timings: facts.timings,
      seed: facts.seed,
      ...(this.#repairs.length > 0 && { repairs: this.#repairs }),
    }
    return [...chunks, last]
  }

  #chunks(events: readonly ParserEvent[]): ChatChunk[] {
    const deltas = events.flatMap((event) => this.#delta(event) ?? [])
    return deltas.map((delta) => this.#chunk(delta, null))
  }

  #chunk(delta: ChatDelta, finishReason: FinishReason | null): ChatChunk {
    const isFirst = !this.#hasRole
    this.#hasRole = true
    return {
      object: 'chat.completion.chunk',
      ...this.#completion,
      choices: [
        {
          index: 0,
          delta: isFirst ? { role: 'assistant', ...delta } : delta,
          finish_reason: finishReason,
        },
      ],
    }
  }

  #delta(event: ParserEvent): ChatDelta | undefined {
    switch (event.type) {
      case 'message-start':
        return this.#startDelta(event.header)
      case 'delta':
        return this.#textDelta(fieldOf(event.header), event.text)
      case 'repair':
        this.#repairs.push(event.repair)
        return undefined
      case 'message-end':
        return undefined
    }
  }

  #startDelta(header: MessageHeader): ChatDelta | undefined {
    const { role, name, recipient } = header
    const field = fieldOf(header)
    if (field !== 'tool_calls') {
      if (role !== 'assistant') {
        this.#repairs.push(`took a message in the name of ${name ?? role} for reasoning`)
      }
      this.#paragraph = this.#written.has(field) ? '\n\n' : ''
      return undefined
    }
    const index = this.#callCount++
    return {
      tool_calls: [
        {
          index,
          id: `call_${this.#completion.id}_${index}`,
          type: 'function',
          function: { name: toolName(recipient as string), arguments: '' },
        },
      ],
    }
  }

  #textDelta(field: TextField | 'tool_calls', added: string): ChatDelta | undefined {
    if (field === 'tool_calls') {
      return { tool_calls: [{ index: this.#callCount - 1, function: { arguments: added } }] }
    }
    const paragraph = this.#paragraph
    this.#paragraph = ''
    this.#written.add(field)
    if (field !== 'content') return { [field]: paragraph + added }
    const content = this.#gate.push(paragraph + added)
    return content === '' ? undefined : { content }
  }
}

type TextField = 'content' | 'reasoning' | 'commentary'

/** Recipients that are no tool. */
const PARTICIPANTS: readonly unknown[] = [undefined, 'all', 'user', 'assistant']

/** Which field of a delta a message's content goes to. */
function fieldOf({ role, recipient, channel }: MessageHeader): TextField | 'tool_calls' {
  if (role !== 'assistant') return 'reasoning'
  if (!PARTICIPANTS.includes(recipient)) return 'tool_calls'
  if (channel === 'analysis') return 'reasoning'
  return channel === 'commentary' ? 'commentary' : 'content'
}

/** The name under which a request declared a tool; a built-in tool keeps its Harmony name. */
function toolName(recipient: string): string {
  return recipient.startsWith(FUNCTIONS) ? recipient.slice(FUNCTIONS.length) : recipient
}
