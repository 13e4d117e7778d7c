/** What the library exports; outsiders import this file and no other. */
export type {
  AdapterSummary,
  AssessRequest,
  Count,
  DeviceReport,
  Engine,
  LoadObstacle,
  LoadProgress,
  LoadRequest,
  MemoryReport,
  ModelFormat,
  ModelInfo,
  ModelReport,
  ModelSource,
  ProbeReport,
  ProgressOptions,
  StorageReport,
  StoredModelSummary,
  Verdict,
  VerifyReport,
} from './api'
export { createEngine, type EngineEnvironment } from './engine'
export { EngineError, type EngineErrorData, errorData } from './errors'
export type { Measurement, MeasureRequest } from './generate/measure'
export { createIndexedDbTuningStore } from './gpu/indexeddb-tuning-store'
export type { Choices, TuningStore } from './gpu/tuner'
export type { ReasoningEffort } from './harmony/message'
export { type ModelAddress, parseModelAddress } from './model-address'
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
export { createIndexedDbShardStore } from './weights/indexeddb-shard-store'
export { createMemoryShardStore } from './weights/memory-shard-store'
export type { ShardStore } from './weights/shard-store'
