/** OpenAI-style chat completions, with the extensions that local reasoning models agreed on. */
import type { ReasoningEffort } from '../harmony/message'

export interface ToolCall {
  id: string
  type: 'function'
  /** `arguments` is the JSON text that the model wrote, unchecked. */
  function: { name: string; arguments: string }
}

export type ChatMessage =
  | { role: 'system' | 'developer' | 'user'; content: string }
  | {
      role: 'assistant'
      content: string
      /** Analysis of the turn; rendered again only while its tool calls are still being answered. */
      reasoning?: string
      /** What the turn told the user before its tool calls. */
      commentary?: string
      tool_calls?: readonly ToolCall[]
    }
  | { role: 'tool'; tool_call_id: string; content: string }

export interface ChatTool {
  type: 'function'
  function: { name: string; description?: string; parameters?: unknown }
}

export interface SamplingOptions {
  /** 0 takes the most probable token always. Default 1. */
  temperature?: number
  /** Keep the k most probable tokens; 0 keeps all. Default 0. */
  top_k?: number
  /** Keep the most probable tokens that together reach this mass. Default 1. */
  top_p?: number
  /** Keep tokens at least this fraction as probable as the best one. Default 0. */
  min_p?: number
  /** Divides positive and multiplies negative logits of tokens already in the context. Default 1. */
  repetition_penalty?: number
  /** Same seed, same device, same tokens. Default: drawn at random and reported in the result. */
  seed?: number
}

export interface ChatRequest extends SamplingOptions {
  messages: readonly ChatMessage[]
  tools?: readonly ChatTool[]
  reasoning_effort?: ReasoningEffort
  /**
   * The last message is an answer that was cut off, with its reasoning: write on from its last word,
   * and give only what is new. Default false.
   */
  continue_final_message?: boolean
  /** Tokens to generate at most, reasoning included. Default: what the context leaves. */
  max_tokens?: number
  /**
   * Up to four texts, one alone without a list: the answer ends before the first of them. They are
   * looked for in `content` alone, and in what is new of an answer that is continued.
   */
  stop?: string | readonly string[]
  /** Date in the system message, YYYY-MM-DD. Default: today. */
  current_date?: string
  /** Whether chunks tell the tokens too, by which the answer can be made again. Default false. */
  return_token_ids?: boolean
}

/**
 * `stop`: the model ended its turn, or wrote a stop string. `tool_calls`: it wants a tool's result. `length`: max_tokens or
 * the context was reached. `cancelled`: the caller's signal was aborted.
 */
export type FinishReason = 'stop' | 'tool_calls' | 'length' | 'cancelled'

export interface ChatDelta {
  role?: 'assistant'
  /** Text of the final channel. */
  content?: string
  /** Text of the analysis channel. */
  reasoning?: string
  /** Text of the commentary channel that is meant for the user (a preamble). */
  commentary?: string
  tool_calls?: readonly {
    index: number
    id?: string
    type?: 'function'
    function: { name?: string; arguments?: string }
  }[]
}

export interface ChatUsage {
  prompt_tokens: number
  /** Prompt tokens whose keys and values were still in the cache. */
  cached_tokens: number
  completion_tokens: number
  total_tokens: number
  reasoning_tokens: number
}

export interface ChatTimings {
  /** From the request to the first generated token. */
  firstTokenMs: number
  prefillMs: number
  decodeMs: number
  prefillTokensPerSecond: number
  decodeTokensPerSecond: number
}

/** One event of a streamed answer; the last one carries `finish_reason`, `usage` and the rest. */
export interface ChatChunk {
  object: 'chat.completion.chunk'
  id: string
  /** Unix time in seconds. */
  created: number
  model: string
  choices: readonly [
    {
      index: 0
      delta: ChatDelta
      finish_reason: FinishReason | null
      /** With `return_token_ids`: what was generated since the chunk before. */
      token_ids?: readonly number[]
    },
  ]
  /** With `return_token_ids`, in the first chunk: the whole prompt. */
  prompt_token_ids?: readonly number[]
  /** With `return_token_ids`, in the first chunk: the date that the prompt gives. */
  current_date?: string
  usage?: ChatUsage
  timings?: ChatTimings
  seed?: number
  /** What the parser had to mend in the model's output, in words; absent when nothing. */
  repairs?: readonly string[]
}
