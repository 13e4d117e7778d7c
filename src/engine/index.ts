/** What the library exports; outsiders import this file and no other. */
export type {
  AdapterSummary,
  Engine,
  LoadProgress,
  LoadRequest,
  ModelInfo,
} from './engine'
export { EngineError, type EngineErrorData, errorData } from './errors'
export type { ReasoningEffort } from './harmony/message'
export type {
  ChatChunk,
  ChatDelta,
  ChatMessage,
  ChatRequest,
  ChatTimings,
  ChatTool,
  ChatUsage,
  FinishReason,
  SamplingOptions,
  ToolCall,
} from './openai/types'
