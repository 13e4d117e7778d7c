/**
 * OpenAI's chat completions as the servers in use speak them. Everything that comes is taken for
 * whatever anybody may have sent: known fields of the right type are copied, the rest is left.
 */
import type {
  ChatDelta,
  ChatMessage,
  ChatRequest,
  ChatUsage,
  FinishReason,
} from '../../engine/index'

/** What one event of a stream, or a whole answer, says. */
export interface RemotePiece {
  delta: ChatDelta
  finishReason: FinishReason | undefined
  usage: ChatUsage | undefined
}

/** The body of a request that streams. Our own extensions and what only the engine knows stay here. */
export function requestBody(request: ChatRequest, model: string): Record<string, unknown> {
  const { messages, current_date: _, continue_final_message: __, ...options } = request
  return {
    model,
    messages: messages.map(toWire),
    ...options,
    stream: true,
    stream_options: { include_usage: true },
  }
}

function toWire(message: ChatMessage): object {
  switch (message.role) {
    // Every chat template knows `system`; that of gpt-oss makes it the developer message.
    case 'system':
    case 'developer':
      return { role: 'system', content: message.content }
    case 'assistant': {
      const { role, commentary, content, tool_calls } = message
      const said = [commentary, content].filter(Boolean).join('\n\n')
      return { role, content: said, ...(tool_calls && { tool_calls }) }
    }
    default:
      return message
  }
}

/**
 * Reads an event of a stream, or the body of an answer without one; undefined for what is neither,
 * and for the report of an error.
 */
export function parsePiece(value: unknown): RemotePiece | undefined {
  const record = object(value)
  if (!record || record.error || !Array.isArray(record.choices)) return undefined
  // The event that has the usage has no choice.
  const choice = object(record.choices[0])
  return {
    delta: parseDelta(object(choice?.delta) ?? object(choice?.message) ?? {}),
    finishReason: parseFinishReason(choice?.finish_reason),
    usage: parseUsage(record.usage),
  }
}

function parseDelta(delta: Fields): ChatDelta {
  const content = text(delta.content)
  // vLLM, llama.cpp and DeepSeek; then Ollama, OpenRouter and newer vLLM. Some send both, alike.
  const reasoning = text(delta.reasoning_content) || text(delta.reasoning)
  const calls = Array.isArray(delta.tool_calls) ? delta.tool_calls.flatMap(parseCall) : []
  return {
    ...(reasoning && { reasoning }),
    ...(content && { content }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

function parseCall(value: unknown, place: number) {
  const call = object(value)
  const called = object(call?.function)
  if (!call || !called) return []
  const id = text(call.id)
  const name = text(called.name)
  const written = text(called.arguments)
  return [
    {
      index: count(call.index) ?? place,
      ...(id && { id }),
      type: 'function' as const,
      function: { ...(name && { name }), ...(written && { arguments: written }) },
    },
  ]
}

/** Reasons that only some servers know are ends like any other. */
function parseFinishReason(value: unknown): FinishReason | undefined {
  const reason = text(value)
  if (reason === '') return undefined
  if (reason === 'length') return 'length'
  return reason === 'tool_calls' || reason === 'function_call' ? 'tool_calls' : 'stop'
}

function parseUsage(value: unknown): ChatUsage | undefined {
  const usage = object(value)
  const prompt_tokens = count(usage?.prompt_tokens)
  const completion_tokens = count(usage?.completion_tokens)
  if (prompt_tokens === undefined || completion_tokens === undefined) return undefined
  return {
    prompt_tokens,
    cached_tokens: count(object(usage?.prompt_tokens_details)?.cached_tokens) ?? 0,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    reasoning_tokens: count(object(usage?.completion_tokens_details)?.reasoning_tokens) ?? 0,
  }
}

const modelsMax = 1000

/** Ids of the models in the answer of `/models`; undefined for another answer. */
export function parseModels(value: unknown): string[] | undefined {
  const list = object(value)?.data
  if (!Array.isArray(list)) return undefined
  const ids = list.slice(0, modelsMax).map((entry) => plain(text(object(entry)?.id)))
  return ids.filter((id) => id !== '')
}

/**
 * What a server says of an error, in one of the ways in which servers do (OpenAI, Ollama, FastAPI),
 * as one line of plain text; empty where it says nothing that a person could read.
 */
export function errorMessage(value: unknown): string {
  const body = object(value)
  if (!body) return ''
  const { error, message, detail } = body
  const said = [error, object(error)?.message, message, detail, object(detail)?.message]
  return plain(said.map(text).find(Boolean) ?? '')
}

const excerptLengthMax = 300

/** Text of a stranger's as one line to be quoted: nothing that could move or hide what is around it. */
export function plain(said: string): string {
  const line = said
    .slice(0, 4 * excerptLengthMax)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  return line.length <= excerptLengthMax
    ? line
    : `${line.slice(0, excerptLengthMax - 1).trimEnd()}…`
}

type Fields = Readonly<Record<string, unknown>>

const object = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const count = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined
