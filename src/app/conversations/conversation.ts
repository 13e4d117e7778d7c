import type { ChatTimings, ChatUsage, FinishReason, ReasoningEffort } from '../../engine/index'
import { cleanFileName } from '../attachments/file-name'
import type { AnswerErrorData } from '../errors'
import { t } from '../i18n/t'
import { type AnswerRun, parseRun } from './answer-run'
import { type ChatSettings, parseSettings } from './chat-settings'
import { InvalidRecord, id, isId, isNumber, number, object, text, titleLengthMax } from './checks'
import { cleanTags } from './tags'

/**
 * What the list shows of a conversation, and what its answers are asked with, as far as that is set;
 * its messages are records of their own.
 */
export interface Conversation extends Loose<ChatSettings> {
  id: string
  title: string
  /** Unix time in milliseconds, as every `…At`. */
  createdAt: number
  /** When it last got a message. */
  updatedAt: number
  pinned: boolean
  /** What the user sorts it by, at least one; see tags.ts. */
  tags?: readonly string[] | undefined
  /** The first message of the branch that is shown; null where there is none yet. */
  activeChildId: string | null
  /** Id of the persona from which its settings were taken; that may be gone, or have changed. */
  personaId?: string | undefined
  /** Deleted, and still to be had back; who starts next removes it for good. */
  deletedAt?: number | undefined
  /** The server that answers in place of this device's model. */
  endpoint?: EndpointReference | undefined
}

/**
 * What a conversation knows of its server, so that one which is gone can be named. The address and
 * the key are kept elsewhere, where no backup reads them.
 */
export interface EndpointReference {
  id: string
  name: string
}

/** Fields that may be missing, and that a patch may take away. */
type Loose<T> = { [key in keyof T]?: T[key] | undefined }

/** Messages form a tree: those with the same parent are versions of each other. */
interface TreeNode {
  id: string
  conversationId: string
  /** Null for a first message. */
  parentId: string | null
  /** Which of the messages that follow is shown. */
  activeChildId: string | null
  createdAt: number
}

export interface UserMessage extends TreeNode {
  role: 'user'
  content: string
  /** Files that go with it; absent where there are none. */
  attachments?: readonly Attachment[]
  /** The model's view of the conversation begins here: what is before is shown to people only. */
  contextStart?: ContextStart
}

/** A file that goes with a question: the text that was read from it. */
export interface Attachment {
  /** What it was called; no two of one message have the same name. */
  name: string
  /** As the browser knew it, as `text/csv`. */
  mediaType: string
  text: string
  /** What it takes of the context, as the model counted that was loaded then; absent without one. */
  tokens?: number
}

/** What became of the messages that the model no longer sees. */
export interface ContextStart {
  /** How many messages they are, and how many tokens of the context they had taken. */
  messages: number
  tokens: number
  /** What the model wrote about them, and sees in their place. */
  summary?: string
}

/**
 * The stations of one answer: waiting for its turn, making room in the context by a summary where
 * that was asked for, reading the chat (prefill), writing on the analysis channel, writing for the
 * user, over. `interrupted` is what is left of an answer whose page went away, or that failed,
 * before it was over.
 */
export type AnswerStage =
  | 'queued'
  | 'summarising'
  | 'reading'
  | 'thinking'
  | 'answering'
  | 'finished'
  | 'interrupted'

/** With the settings of the chat, as far as they were set when it was asked for. */
export interface AssistantMessage extends TreeNode, Partial<ChatSettings> {
  role: 'assistant'
  stage: AnswerStage
  /** Name of the model that wrote it. */
  model: string
  /** The host that it came from; absent where it was written on this device. */
  remote?: string
  /** What the answer was asked with. */
  effort: ReasoningEffort
  /** The server's model takes no effort: it was asked without. */
  withoutEffort?: true
  temperature: number
  reasoning: string
  /** Undefined until the reasoning is over, and where there was none. */
  reasoningMs?: number
  /** Text of the commentary channel meant for the user. */
  commentary: string
  content: string
  /** Undefined until the end, and where the answer was interrupted. */
  finishReason?: FinishReason
  /** Lasts as long as the page: what went wrong then is no news to the next visit. */
  error?: AnswerErrorData
  usage?: ChatUsage
  timings?: ChatTimings
  seed?: number
  repairs?: readonly string[]
  /** By which it can be made again; absent where a person changed it or it came in several pieces. */
  run?: AnswerRun
  /** A person has changed what the model wrote. */
  edited?: true
}

export type Message = UserMessage | AssistantMessage

/** Files that go with one question at most. */
export const attachmentsMax = 20

/**
 * Reads a conversation that an older or newer version of the app, or anybody, may have written.
 * Fields it does not know are left out.
 * @throws InvalidRecord
 */
export function parseConversation(value: unknown): Conversation {
  const at = 'a conversation'
  const record = object(value, at)
  const endpoint = parseReference(record.endpoint)
  const tags = Array.isArray(record.tags) ? cleanTags(record.tags.filter(isText)) : []
  return {
    id: id(record.id, `${at}’s id`),
    title: text(record.title, `${at}’s title`, titleLengthMax),
    createdAt: number(record.createdAt, `${at}’s createdAt`),
    updatedAt: number(record.updatedAt, `${at}’s updatedAt`),
    pinned: record.pinned === true,
    ...(tags.length > 0 && { tags }),
    activeChildId: idOrNull(record.activeChildId, `${at}’s activeChildId`),
    ...parseSettings(record, at),
    ...(isId(record.personaId) && { personaId: record.personaId }),
    ...(typeof record.deletedAt === 'number' && { deletedAt: record.deletedAt }),
    ...(endpoint && { endpoint }),
  }
}

/** Undefined for what is none: this device's model answers then. */
function parseReference(value: unknown): EndpointReference | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, name } = value as Record<string, unknown>
  return isId(id) && isText(name) ? { id, name } : undefined
}

/**
 * Reads a message likewise. What merely tells how an answer went is left out where it is not sound.
 * @throws InvalidRecord
 */
export function parseMessage(value: unknown): Message {
  const at = 'a message'
  const record = object(value, at)
  const node = {
    id: id(record.id, `${at}’s id`),
    conversationId: id(record.conversationId, `${at}’s conversationId`),
    parentId: idOrNull(record.parentId, `${at}’s parentId`),
    activeChildId: idOrNull(record.activeChildId, `${at}’s activeChildId`),
    createdAt: number(record.createdAt, `${at}’s createdAt`),
  }
  const content = text(record.content, `${at}’s content`)
  if (record.role === 'user') {
    const attachments = parseAttachments(record.attachments ?? [])
    const contextStart = parseContextStart(record.contextStart)
    return {
      ...node,
      role: 'user',
      content,
      ...(attachments.length > 0 && { attachments }),
      ...(contextStart && { contextStart }),
    }
  }
  if (record.role !== 'assistant')
    throw new InvalidRecord(t('a message’s role is not user or assistant'))

  const { remote, reasoningMs, finishReason, usage, timings, seed, repairs } = record
  const run = parseRun(record.run)
  const finish = finishReasons.find((known) => known === finishReason)
  return {
    ...node,
    role: 'assistant',
    stage: stages.find((known) => known === record.stage) ?? 'interrupted',
    model: text(record.model ?? '', `${at}’s model`, titleLengthMax),
    ...(isText(remote) && { remote }),
    effort: efforts.find((known) => known === record.effort) ?? 'medium',
    ...(record.withoutEffort === true && { withoutEffort: true }),
    temperature: isNumber(record.temperature) ? record.temperature : 1,
    ...parseSettings(record, at),
    reasoning: text(record.reasoning ?? '', `${at}’s reasoning`),
    commentary: text(record.commentary ?? '', `${at}’s commentary`),
    content,
    ...(isNumber(reasoningMs) && { reasoningMs }),
    ...(finish && { finishReason: finish }),
    ...(hasNumbers(usage, usageKeys) && { usage: pick(usage, usageKeys) }),
    ...(hasNumbers(timings, timingKeys) && { timings: pick(timings, timingKeys) }),
    ...(isNumber(seed) && { seed }),
    ...(Array.isArray(repairs) && repairs.every(isText) && { repairs }),
    ...(run && { run }),
    ...(record.edited === true && { edited: true }),
  }
}

/**
 * Undefined where there is none, or none that is sound: the model then sees all messages.
 * @throws InvalidRecord for a summary that is no text or too long
 */
function parseContextStart(value: unknown): ContextStart | undefined {
  if (!hasNumbers(value, ['messages', 'tokens'])) return undefined
  const { summary } = value as { summary?: unknown }
  return {
    ...pick(value, ['messages', 'tokens']),
    ...(summary !== undefined && { summary: text(summary, 'a message’s summary') }),
  }
}

/**
 * Reads a list of files likewise.
 * @throws InvalidRecord
 */
export function parseAttachments(value: unknown): Attachment[] {
  if (!Array.isArray(value)) throw new InvalidRecord(t('a message’s files are not a list'))
  if (value.length > attachmentsMax)
    throw new InvalidRecord(t('a message has more than {{max}} files', { max: attachmentsMax }))
  const attachments = (value as unknown[]).map(parseAttachment)
  if (new Set(attachments.map(({ name }) => name)).size < attachments.length)
    throw new InvalidRecord(t('two files of a message have the same name'))
  return attachments
}

function parseAttachment(value: unknown): Attachment {
  const at = 'a file'
  const { name, mediaType, text: content, tokens } = object(value, at)
  return {
    name: cleanFileName(text(name, `${at}’s name`, titleLengthMax)),
    mediaType: text(mediaType, `${at}’s type`, titleLengthMax),
    text: text(content, `${at}’s text`),
    ...(isNumber(tokens) && { tokens }),
  }
}

const efforts = ['low', 'medium', 'high'] as const satisfies ReasoningEffort[]
const finishReasons = [
  'stop',
  'tool_calls',
  'length',
  'cancelled',
] as const satisfies FinishReason[]
const stages = [
  'queued',
  'summarising',
  'reading',
  'thinking',
  'answering',
  'finished',
  'interrupted',
] as const satisfies AnswerStage[]
const usageKeys = [
  'prompt_tokens',
  'cached_tokens',
  'completion_tokens',
  'total_tokens',
  'reasoning_tokens',
] as const satisfies (keyof ChatUsage)[]
const timingKeys = [
  'firstTokenMs',
  'prefillMs',
  'decodeMs',
  'prefillTokensPerSecond',
  'decodeTokensPerSecond',
] as const satisfies (keyof ChatTimings)[]

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length < titleLengthMax

function hasNumbers<Key extends string>(
  value: unknown,
  keys: readonly Key[],
): value is Record<Key, number> {
  if (typeof value !== 'object' || value === null) return false
  return keys.every((key) => isNumber((value as Record<string, unknown>)[key]))
}

function pick<Key extends string>(value: Record<Key, number>, keys: readonly Key[]) {
  return Object.fromEntries(keys.map((key) => [key, value[key]])) as Record<Key, number>
}

function idOrNull(value: unknown, at: string): string | null {
  return value === null || value === undefined ? null : id(value, at)
}
