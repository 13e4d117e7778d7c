/** Harmony messages → token ids, piece by piece as OpenAI's library does it (spec section 7). */
import { EngineError } from '../errors'
import type { Tokenizer } from '../tokenizer/tokenizer'
import type {
  DeveloperContent,
  HarmonyMessage,
  MessageContent,
  SystemContent,
  ToolNamespace,
} from './message'
import { schemaType } from './schema-type'
import { CALL, CHANNEL, type ClosingToken, CONSTRAIN, END, MESSAGE, RETURN, START } from './tokens'

/**
 * What the rendering is for. `completion` ends with `<|start|>assistant`, where the model goes on;
 * `continuation` leaves the last message open, and the model goes on inside it; `conversation` ends
 * after the last message; `training` closes a final answer at the end with `<|return|>`, as the
 * model is to write it.
 */
export type RenderMode = 'completion' | 'continuation' | 'conversation' | 'training'

export interface RenderOptions {
  /** Default `completion`. */
  mode?: RenderMode
  /**
   * Leave out the analysis before the first final answer, unless a tool round is under way (spec
   * section 7.6). Default true.
   */
  autoDropAnalysis?: boolean
}

export interface Rendered {
  ids: number[]
  /** The same with special tokens by name; it cannot tell them from text that looks like one. */
  text: string
}

/**
 * Renders a conversation.
 *
 * @throws EngineError `request-invalid` for a tool message without a name, and for system or
 *   developer content in a message of another role
 */
export function renderConversation(
  messages: readonly HarmonyMessage[],
  tokenizer: Tokenizer,
  { mode = 'completion', autoDropAnalysis = true }: RenderOptions = {},
): Rendered {
  const output = new Output(tokenizer)
  const hasFunctions = messages.some((message) => message.content.some(definesFunctions))
  const kept = autoDropAnalysis ? dropOldAnalysis(messages) : messages
  for (const message of kept) {
    const isLast = message === messages.at(-1)
    renderMessage(message, output, hasFunctions)
    if (isLast && mode === 'continuation') break
    output.special(closing(message, isLast && mode === 'training'))
  }
  if (mode === 'completion') {
    output.special(START)
    output.text('assistant')
  }
  return { ids: output.ids, text: output.written }
}

/** Collects ids and text. Each call is encoded on its own: no token reaches across two of them. */
class Output {
  readonly ids: number[] = []
  written = ''
  readonly #tokenizer: Tokenizer

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer
  }

  text(text: string): void {
    for (const id of this.#tokenizer.encode(text)) this.ids.push(id)
    this.written += text
  }

  special(name: string): void {
    this.ids.push(this.#tokenizer.requiredSpecialId(name))
    this.written += name
  }
}

/** All of a message but the token that closes it. */
function renderMessage(message: HarmonyMessage, output: Output, hasFunctions: boolean): void {
  const { role, name, recipient, channel, contentType, content } = message
  output.special(START)
  if (role === 'tool') {
    if (name === undefined) throw invalid('a tool message needs the name of its tool')
    output.text(name)
  } else {
    output.text(role)
    if (name !== undefined) output.text(`:${name}`)
  }
  if (recipient !== undefined && recipient !== 'all') output.text(` to=${recipient}`)
  if (channel !== undefined) {
    output.special(CHANNEL)
    output.text(channel)
  }
  if (contentType?.startsWith(CONSTRAIN)) {
    output.text(' ')
    output.special(CONSTRAIN)
    output.text(contentType.slice(CONSTRAIN.length))
  } else if (contentType !== undefined) {
    output.text(` ${contentType}`)
  }
  output.special(MESSAGE)
  for (const part of content) output.text(contentText(part, message, hasFunctions))
}

function closing(message: HarmonyMessage, endsTraining: boolean): ClosingToken {
  if (message.role === 'assistant' && message.recipient !== undefined) return CALL
  return endsTraining && isFinal(message) ? RETURN : END
}

function contentText(
  part: MessageContent,
  { role }: HarmonyMessage,
  hasFunctions: boolean,
): string {
  switch (part.type) {
    case 'text':
      return part.text
    case 'system_content':
      if (role !== 'system') throw invalid(`system content in a message of the ${role}`)
      return systemText(part, hasFunctions)
    case 'developer_content':
      if (role !== 'developer') throw invalid(`developer content in a message of the ${role}`)
      return developerText(part)
  }
}

/** Spec section 7.2. */
function systemText(system: SystemContent, hasFunctions: boolean): string {
  const { modelIdentity, knowledgeCutoff, conversationStartDate, reasoningEffort } = system
  const identity = joinDefined('\n', [
    modelIdentity,
    labelled('Knowledge cutoff: ', knowledgeCutoff),
    labelled('Current date: ', conversationStartDate),
  ])
  const sections = [
    identity,
    labelled('Reasoning: ', reasoningEffort),
    toolsText(system.tools),
    channelsText(system.channelConfig, hasFunctions),
  ]
  return joinDefined('\n\n', sections) ?? ''
}

function channelsText(
  config: SystemContent['channelConfig'],
  hasFunctions: boolean,
): string | undefined {
  if (config === undefined || config.validChannels.length === 0) return undefined
  let text = `# Valid channels: ${config.validChannels.join(', ')}.`
  if (config.channelRequired) text += ' Channel must be included for every message.'
  if (hasFunctions) {
    text += "\nCalls to these tools must go to the commentary channel: 'functions'."
  }
  return text
}

/** Spec section 7.3. */
function developerText({ instructions, tools }: DeveloperContent): string {
  const sections = [labelled('# Instructions\n\n', instructions), toolsText(tools)]
  return joinDefined('\n\n', sections) ?? ''
}

/** Spec section 7.4; undefined without a namespace. */
function toolsText(tools: Readonly<Record<string, ToolNamespace>> = {}): string | undefined {
  const keys = Object.keys(tools).sort()
  const namespaces = keys.map((key) => namespaceText(tools[key] as ToolNamespace))
  return namespaces.length === 0 ? undefined : ['# Tools', ...namespaces].join('\n\n')
}

function namespaceText({ name, description = '', tools }: ToolNamespace): string {
  const lines = [`## ${name}`, '']
  if (tools.length === 0) {
    lines.push(...linesOf(description))
  } else {
    lines.push(...linesOf(description).map((line) => `// ${line}`), `namespace ${name} {`, '')
    for (const tool of tools) {
      const hasParameters = tool.parameters !== undefined && tool.parameters !== null
      const argument = hasParameters ? `_: ${schemaType(tool.parameters)}` : ''
      lines.push(...linesOf(tool.description).map((line) => `// ${line}`))
      lines.push(`type ${tool.name} = (${argument}) => any;`, '')
    }
    lines.push(`} // namespace ${name}`)
  }
  return lines.join('\n')
}

/** The lines of `text`; a newline at its end begins no further line. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}

/** Those of `parts` that exist; undefined when none does. */
function joinDefined(separator: string, parts: readonly (string | undefined)[]) {
  const existing = parts.filter((part) => part !== undefined)
  return existing.length === 0 ? undefined : existing.join(separator)
}

function labelled(label: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : label + value
}

function definesFunctions(part: MessageContent): boolean {
  return part.type === 'developer_content' && (part.tools?.functions?.tools.length ?? 0) > 0
}

/** Spec section 7.6: reasoning that led to the first answer is no longer needed once it is given. */
function dropOldAnalysis(messages: readonly HarmonyMessage[]): readonly HarmonyMessage[] {
  const lastOfAssistant = messages.findLast((message) => message.role === 'assistant')
  if (lastOfAssistant?.channel !== 'final') return messages
  const firstFinal = messages.findIndex((message) => message.channel === 'final')
  return messages.filter((message, index) => index >= firstFinal || message.channel !== 'analysis')
}

function isFinal(message: HarmonyMessage): boolean {
  return message.role === 'assistant' && message.channel === 'final'
}

function invalid(problem: string): EngineError {
  return new EngineError({ code: 'request-invalid', problem })
}
