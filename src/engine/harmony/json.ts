/**
 * Harmony conversations as JSON, in the field names of OpenAI's library (`model_identity`,
 * `content_type`, `reasoning_effort: "Medium"`), and the two commands of the command line that read
 * them. Fields that are missing or null are left out.
 */
import { EngineError } from '../errors'
import type { Tokenizer } from '../tokenizer/tokenizer'
import type {
  DeveloperContent,
  HarmonyMessage,
  MessageContent,
  ReasoningEffort,
  Role,
  SystemContent,
  ToolDescription,
  ToolNamespace,
} from './message'
import { isRole } from './message'
import { HarmonyParser } from './parser'
import { type Rendered, type RenderMode, renderConversation } from './render'

/** A message as the library writes it; text content is a plain string. */
export interface MessageJson {
  role: Role
  name?: string
  recipient?: string
  channel?: string
  content_type?: string
  content: string
}

/**
 * Renders `{ conversation: { messages }, mode?, auto_drop_analysis? }`; mode defaults to
 * `completion`, auto_drop_analysis to true.
 *
 * @throws EngineError `request-invalid` for anything of another shape, and for what
 *   `renderConversation` refuses
 */
export function renderRequest(json: unknown, tokenizer: Tokenizer): Rendered {
  const request = object(json, 'the request')
  const conversation = object(request.conversation, 'conversation')
  const messages = array(conversation.messages, 'conversation.messages')
  const mode = optional(request.mode, 'mode', oneOf(RENDER_MODES))
  const autoDropAnalysis = optional(request.auto_drop_analysis, 'auto_drop_analysis', boolean)
  return renderConversation(messages.map(readMessage), tokenizer, {
    ...defined({ mode, autoDropAnalysis }),
  })
}

/**
 * Parses `{ ids, role?, strict? }`. `role` is the role of the first message when `ids` begin inside
 * its header; null or missing when they begin with `<|start|>`. `strict` defaults to true.
 *
 * @throws EngineError `request-invalid` for anything of another shape, and for ids that are no
 *   Harmony conversation
 */
export function parseRequest(json: unknown, tokenizer: Tokenizer): { messages: MessageJson[] } {
  const request = object(json, 'the request')
  const ids = array(request.ids, 'ids').map((id, index) => tokenId(id, `ids[${index}]`, tokenizer))
  const role = optional(request.role, 'role', readRole)
  const strict = optional(request.strict, 'strict', boolean) ?? true
  const parser = new HarmonyParser(tokenizer, {
    mode: strict ? 'strict' : 'lenient',
    ...defined({ role }),
  })
  for (const id of ids) parser.push(id)
  parser.finish()
  return { messages: parser.messages.map(writeMessage) }
}

/** A message whose content is text, as the library writes it. */
export function writeMessage(message: HarmonyMessage): MessageJson {
  const { role, name, recipient, channel, contentType, content } = message
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  return {
    role,
    ...defined({ name, recipient, channel, content_type: contentType }),
    content: text,
  }
}

const RENDER_MODES: readonly RenderMode[] = ['completion', 'conversation', 'training']
const EFFORTS: readonly ReasoningEffort[] = ['low', 'medium', 'high']

function readMessage(json: unknown, index: number): HarmonyMessage {
  const at = `conversation.messages[${index}]`
  const message = object(json, at)
  return {
    role: readRole(message.role, `${at}.role`),
    content: readContent(message.content, `${at}.content`),
    ...defined({
      name: optional(message.name, `${at}.name`, string),
      recipient: optional(message.recipient, `${at}.recipient`, string),
      channel: optional(message.channel, `${at}.channel`, string),
      contentType: optional(message.content_type, `${at}.content_type`, string),
    }),
  }
}

function readContent(json: unknown, at: string): MessageContent[] {
  if (typeof json === 'string') return [{ type: 'text', text: json }]
  return array(json, at).map((part, index) => readPart(part, `${at}[${index}]`))
}

function readPart(json: unknown, at: string): MessageContent {
  const part = object(json, at)
  switch (part.type) {
    case 'text':
      return { type: 'text', text: string(part.text, `${at}.text`) }
    case 'system_content':
      return readSystem(part, at)
    case 'developer_content':
      return readDeveloper(part, at)
    default:
      throw invalid(`${at}.type is not text, system_content or developer_content`)
  }
}

function readSystem(part: Json, at: string): SystemContent {
  return {
    type: 'system_content',
    ...defined({
      modelIdentity: optional(part.model_identity, `${at}.model_identity`, string),
      knowledgeCutoff: optional(part.knowledge_cutoff, `${at}.knowledge_cutoff`, string),
      conversationStartDate: optional(
        part.conversation_start_date,
        `${at}.conversation_start_date`,
        string,
      ),
      reasoningEffort: optional(part.reasoning_effort, `${at}.reasoning_effort`, readEffort),
      tools: optional(part.tools, `${at}.tools`, readTools),
      channelConfig: optional(part.channel_config, `${at}.channel_config`, readChannelConfig),
    }),
  }
}

function readDeveloper(part: Json, at: string): DeveloperContent {
  return {
    type: 'developer_content',
    ...defined({
      instructions: optional(part.instructions, `${at}.instructions`, string),
      tools: optional(part.tools, `${at}.tools`, readTools),
    }),
  }
}

function readTools(json: unknown, at: string): Record<string, ToolNamespace> {
  return Object.fromEntries(
    Object.entries(object(json, at)).map(([key, namespace]) => [
      key,
      readNamespace(namespace, `${at}.${key}`),
    ]),
  )
}

function readNamespace(json: unknown, at: string): ToolNamespace {
  const namespace = object(json, at)
  return {
    name: string(namespace.name, `${at}.name`),
    tools: array(namespace.tools, `${at}.tools`).map((tool, index) =>
      readTool(tool, `${at}.tools[${index}]`),
    ),
    ...defined({ description: optional(namespace.description, `${at}.description`, string) }),
  }
}

function readTool(json: unknown, at: string): ToolDescription {
  const tool = object(json, at)
  return {
    name: string(tool.name, `${at}.name`),
    description: string(tool.description, `${at}.description`),
    ...defined({ parameters: tool.parameters ?? undefined }),
  }
}

function readChannelConfig(json: unknown, at: string) {
  const config = object(json, at)
  return {
    validChannels: array(config.valid_channels, `${at}.valid_channels`).map((channel, index) =>
      string(channel, `${at}.valid_channels[${index}]`),
    ),
    channelRequired: boolean(config.channel_required, `${at}.channel_required`),
  }
}

function readRole(json: unknown, at: string): Role {
  if (!isRole(json)) throw invalid(`${at} is not system, developer, user, assistant or tool`)
  return json
}

/** The library writes efforts with a capital letter, the prompt without. */
function readEffort(json: unknown, at: string): ReasoningEffort {
  return oneOf(EFFORTS)(string(json, at).toLowerCase(), at)
}

function tokenId(json: unknown, at: string, tokenizer: Tokenizer): number {
  if (typeof json === 'number' && tokenizer.tokenBytes(json) !== undefined) return json
  throw invalid(`${at} is not the id of a token`)
}

type Json = Readonly<Record<string, unknown>>
type Read<T> = (json: unknown, at: string) => T

function optional<T>(json: unknown, at: string, read: Read<T>): T | undefined {
  return json === undefined || json === null ? undefined : read(json, at)
}

function object(json: unknown, at: string): Json {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json
  throw invalid(`${at} is not an object`)
}

function array(json: unknown, at: string): readonly unknown[] {
  if (Array.isArray(json)) return json
  throw invalid(`${at} is not an array`)
}

function string(json: unknown, at: string): string {
  if (typeof json === 'string') return json
  throw invalid(`${at} is not a string`)
}

function boolean(json: unknown, at: string): boolean {
  if (typeof json === 'boolean') return json
  throw invalid(`${at} is not a boolean`)
}

function oneOf<T extends string>(values: readonly T[]): Read<T> {
  return (json, at) => {
    const value = values.find((candidate) => candidate === json)
    if (value === undefined) throw invalid(`${at} is not ${values.join(' or ')}`)
    return value
  }
}

/** `fields` without those that are undefined, for types where a field is missing or a value. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function invalid(problem: string): EngineError {
  return new EngineError({ code: 'request-invalid', problem })
}
