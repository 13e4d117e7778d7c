/** One message of a Harmony conversation (spec section 7.1). */
export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool'

const ROLES: readonly unknown[] = ['system', 'developer', 'user', 'assistant', 'tool']

export function isRole(word: unknown): word is Role {
  return ROLES.includes(word)
}

/** Channels the model was trained on; a parsed message may carry any word. */
export type Channel = 'analysis' | 'commentary' | 'final'

export interface TextContent {
  type: 'text'
  text: string
}

export type ReasoningEffort = 'low' | 'medium' | 'high'

/** A function the model may call; `parameters` is a JSON Schema. */
export interface ToolDescription {
  name: string
  description: string
  parameters?: unknown
}

export interface ToolNamespace {
  name: string
  description?: string
  tools: readonly ToolDescription[]
}

/** What the system message is rendered from (spec section 7.2). */
export interface SystemContent {
  type: 'system_content'
  modelIdentity?: string
  knowledgeCutoff?: string
  /** YYYY-MM-DD. */
  conversationStartDate?: string
  reasoningEffort?: ReasoningEffort
  tools?: Readonly<Record<string, ToolNamespace>>
  channelConfig?: { validChannels: readonly string[]; channelRequired: boolean }
}

/** What the developer message is rendered from (spec section 7.3). */
export interface DeveloperContent {
  type: 'developer_content'
  instructions?: string
  tools?: Readonly<Record<string, ToolNamespace>>
}

export type MessageContent = TextContent | SystemContent | DeveloperContent

export interface HarmonyMessage {
  role: Role
  /** A tool message's author ("functions.get_weather"), or a participant's name. */
  name?: string
  recipient?: string
  channel?: string
  contentType?: string
  content: readonly MessageContent[]
}
