import type { FinishReason, ReasoningEffort } from '../../engine/index'
import { cleanFileName } from '../attachments/file-name'
import { type AnswerRun, parseRun } from '../conversations/answer-run'
import { instructionsLengthMax, parseSampling, type Sampling } from '../conversations/chat-settings'
import { isNumber, titleLengthMax } from '../conversations/checks'
import { attachmentsMax } from '../conversations/conversation'
import { ShareRefused } from './refusal'

/** What somebody shares: a branch of a conversation or a part of it, or a prompt alone. */
export interface Share {
  title: string
  /** In their order: a question first, then answers and questions in turn. */
  messages: readonly SharedMessage[]
  /** A prompt alone, to be tried: the one message is a question, and this is what to ask with. */
  ask?: SharedSettings
}

export type SharedMessage = SharedQuestion | SharedAnswer

export interface SharedQuestion {
  role: 'user'
  content: string
  attachments?: readonly SharedFile[]
  /** The model saw nothing of what is before it but this summary, where there is one. */
  context?: { messages: number; tokens: number; summary?: string }
}

export interface SharedFile {
  name: string
  mediaType: string
  text: string
}

/** What an answer is asked with, as far as it was set. */
export interface SharedSettings {
  effort: ReasoningEffort
  instructions?: string
  sampling?: Sampling
}

export interface SharedAnswer extends SharedSettings {
  role: 'assistant'
  /** Name of the model that wrote it. */
  model: string
  temperature: number
  reasoning?: string
  commentary?: string
  content: string
  finishReason?: FinishReason
  edited?: true
  /** The model that wrote it takes no effort. */
  withoutEffort?: true
  /**
   * By which it can be replayed. Where the reasoning is left out, so are its tokens: the first ones,
   * `reasoningTokens` of them.
   */
  run?: AnswerRun
  /** Why it cannot, where it cannot. */
  noReplay?: NoReplay
}

const noReplays = [
  /** A person changed it. */
  'edited',
  /** It was stopped and continued, or its page went away. */
  'pieces',
  /** A server wrote it. */
  'server',
  /** The model saw messages, instructions that are not shared. */
  'withheld',
  /** Whoever shared it left out what replaying takes. */
  'left-out',
] as const
export type NoReplay = (typeof noReplays)[number]

const efforts = ['low', 'medium', 'high'] as const satisfies ReasoningEffort[]
const finishReasons = ['stop', 'tool_calls', 'length', 'cancelled'] as const

/** More than anybody writes. */
const messagesMax = 10_000

/**
 * Reads a share that anybody may have made: nothing of it is taken unless all of it is as this
 * version writes it, without a key more or less.
 * @throws ShareRefused `invalid`
 */
export function parseShare(value: unknown): Share {
  const at = 'share'
  const fields = record(value, at, ['title', 'messages'], ['ask'])
  const messages = list(fields.messages, `${at}.messages`, messagesMax).map(parseMessage)
  if (messages.length === 0) throw invalid(`${at}.messages`)
  for (const [index, { role }] of messages.entries())
    if (role === messages[index - 1]?.role || (index === 0 && role !== 'user'))
      throw invalid(`${at}.messages[${index}].role`)
  if (fields.ask !== undefined && messages.length > 1) throw invalid(`${at}.ask`)
  return {
    title: text(fields.title, `${at}.title`, titleLengthMax),
    messages,
    ...(fields.ask !== undefined && { ask: parseAsk(fields.ask, `${at}.ask`) }),
  }
}

function parseMessage(value: unknown, index: number): SharedMessage {
  const at = `share.messages[${index}]`
  const isAnswer = isObject(value) && value.role === 'assistant'
  return isAnswer ? parseAnswer(value, at) : parseQuestion(value, at)
}

function parseQuestion(value: unknown, at: string): SharedQuestion {
  const fields = record(value, at, ['role', 'content'], ['attachments', 'context'])
  if (fields.role !== 'user') throw invalid(`${at}.role`)
  const { attachments, context } = fields
  return {
    role: 'user',
    content: text(fields.content, `${at}.content`),
    ...(attachments !== undefined && {
      attachments: parseFiles(attachments, `${at}.attachments`),
    }),
    ...(context !== undefined && { context: parseContext(context, `${at}.context`) }),
  }
}

function parseFiles(value: unknown, at: string): SharedFile[] {
  const files = list(value, at, attachmentsMax).map((file, index) =>
    parseFile(file, `${at}[${index}]`),
  )
  if (new Set(files.map(({ name }) => name)).size < files.length) throw invalid(at)
  return files
}

function parseFile(value: unknown, at: string): SharedFile {
  const fields = record(value, at, ['name', 'mediaType', 'text'])
  return {
    name: cleanName(fields.name, `${at}.name`),
    mediaType: text(fields.mediaType, `${at}.mediaType`, titleLengthMax),
    text: text(fields.text, `${at}.text`),
  }
}

function parseContext(value: unknown, at: string): NonNullable<SharedQuestion['context']> {
  const { messages, tokens, summary } = record(value, at, ['messages', 'tokens'], ['summary'])
  if (!isCount(messages)) throw invalid(`${at}.messages`)
  if (!isCount(tokens)) throw invalid(`${at}.tokens`)
  return {
    messages,
    tokens,
    ...(summary !== undefined && { summary: text(summary, `${at}.summary`) }),
  }
}

function parseAnswer(value: unknown, at: string): SharedAnswer {
  const fields = record(
    value,
    at,
    ['role', 'model', 'effort', 'temperature', 'content'],
    [
      'instructions',
      'sampling',
      'reasoning',
      'commentary',
      'finishReason',
      'edited',
      'withoutEffort',
      'run',
      'noReplay',
    ],
  )
  const { temperature, reasoning, commentary, finishReason, edited, withoutEffort, run, noReplay } =
    fields
  if (!isNumber(temperature)) throw invalid(`${at}.temperature`)
  if (edited !== undefined && edited !== true) throw invalid(`${at}.edited`)
  if (withoutEffort !== undefined && withoutEffort !== true) throw invalid(`${at}.withoutEffort`)
  return {
    role: 'assistant',
    model: cleanName(fields.model, `${at}.model`),
    temperature,
    ...parseSettings(fields, at),
    ...(reasoning !== undefined && { reasoning: text(reasoning, `${at}.reasoning`) }),
    ...(commentary !== undefined && { commentary: text(commentary, `${at}.commentary`) }),
    content: text(fields.content, `${at}.content`),
    ...(finishReason !== undefined && {
      finishReason: oneOf(finishReasons, finishReason, `${at}.finishReason`),
    }),
    ...(edited && { edited }),
    ...(withoutEffort && { withoutEffort }),
    ...(run !== undefined && { run: parseSharedRun(run, reasoning !== undefined, `${at}.run`) }),
    ...(noReplay !== undefined && { noReplay: oneOf(noReplays, noReplay, `${at}.noReplay`) }),
  }
}

function parseAsk(value: unknown, at: string): SharedSettings {
  return parseSettings(record(value, at, ['effort'], ['instructions', 'sampling']), at)
}

function parseSettings(
  { effort, instructions, sampling }: Readonly<Record<string, unknown>>,
  at: string,
): SharedSettings {
  return {
    effort: oneOf(efforts, effort, `${at}.effort`),
    ...(instructions !== undefined && {
      instructions: text(instructions, `${at}.instructions`, instructionsLengthMax),
    }),
    ...(sampling !== undefined && { sampling: exactly(sampling, parseSampling, `${at}.sampling`) }),
  }
}

function parseSharedRun(value: unknown, hasReasoning: boolean, at: string): AnswerRun {
  const { reasoningTokens, ...rest } = record(
    value,
    at,
    ['date', 'sampling', 'tokens', 'reasoningTokens'],
    ['weightHash', 'kernels', 'promptHash'],
  )
  if (!isCount(reasoningTokens)) throw invalid(`${at}.reasoningTokens`)
  const run = exactly({ ...rest, reasoningTokens: 0 }, parseRun, at)
  if (run.tokens === '') throw invalid(`${at}.tokens`)
  if (hasReasoning && reasoningTokens > run.tokens.length / 3)
    throw invalid(`${at}.reasoningTokens`)
  return { ...run, reasoningTokens }
}

/** Reads what a tolerant parser knows to read, and refuses what that would leave out or change. */
function exactly<T>(value: unknown, parse: (value: unknown) => T | undefined, at: string): T {
  const parsed = parse(value)
  if (parsed === undefined || !isSame(parsed, value)) throw invalid(at)
  return parsed
}

function isSame(a: unknown, b: unknown): boolean {
  if (!isObject(a) && !Array.isArray(a)) return a === b
  if (Array.isArray(a) !== Array.isArray(b) || typeof b !== 'object' || b === null) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(Reflect.get(a, key), Reflect.get(b, key)))
  )
}

/** The fields of an object that has all that it must, and nothing that it may not have. */
function record(
  value: unknown,
  at: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw invalid(at)
  for (const key of Object.keys(value))
    if (!required.includes(key) && !optional.includes(key)) throw invalid(`${at}.${key}`)
  for (const key of required) if (!Object.hasOwn(value, key)) throw invalid(`${at}.${key}`)
  // Without a prototype, what is missing is undefined whatever it is called.
  return Object.assign(Object.create(null), value)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

function list(value: unknown, at: string, lengthMax: number): unknown[] {
  if (!Array.isArray(value) || value.length > lengthMax) throw invalid(at)
  return value
}

function text(value: unknown, at: string, lengthMax = Number.POSITIVE_INFINITY): string {
  if (typeof value !== 'string' || value.length > lengthMax) throw invalid(at)
  return value
}

/** A name that turns no text around it, and pretends to be no line of ours. */
function cleanName(value: unknown, at: string): string {
  const name = text(value, at, titleLengthMax)
  if (name !== cleanFileName(name)) throw invalid(at)
  return name
}

function oneOf<T>(known: readonly T[], value: unknown, at: string): T {
  const found = known.find((one) => one === value)
  if (found === undefined) throw invalid(at)
  return found
}

/** What stands there is somebody's own words: a field's name is cut where it is long. */
const invalid = (field: string) => new ShareRefused({ code: 'invalid', field: field.slice(0, 80) })
