import type {
  AssessRequest,
  ChatChunk,
  ChatRequest,
  Count,
  DeviceReport,
  EngineErrorData,
  LoadProgress,
  LoadRequest,
  Measurement,
  MeasureRequest,
  MemoryReport,
  ModelInfo,
  ModelReport,
  StorageReport,
  StoredModelSummary,
  VerifyReport,
} from '../engine/index'

/**
 * Everything the page may ask of the engine worker: a request, then any number of events, then
 * exactly one result or failure. Add a line and the compiler asks for its handler.
 *
 * `persist` is not among them: a worker may not ask for it, so the client asks by itself.
 */
export interface Requests {
  load: { params: LoadRequest; event: LoadProgress; result: ModelInfo }
  download: { params: { model: string }; event: LoadProgress; result: StoredModelSummary }
  inspect: { params: LoadRequest; event: never; result: ModelReport }
  assess: { params: AssessRequest; event: never; result: MemoryReport }
  checkDevice: { params: Partial<AssessRequest>; event: never; result: DeviceReport }
  chat: { params: ChatRequest; event: ChatChunk; result: undefined }
  countTokens: { params: string | ChatRequest; event: never; result: number }
  tokenTexts: { params: readonly number[]; event: never; result: string[] }
  measure: { params: MeasureRequest; event: Count; result: Measurement }
  measureCopyRate: { params: undefined; event: never; result: number | undefined }
  storage: { params: undefined; event: never; result: StorageReport }
  listModels: { params: undefined; event: never; result: StoredModelSummary[] }
  verify: { params: { model: string }; event: Count; result: VerifyReport }
  deleteWeights: { params: { model: string }; event: never; result: { freedBytes: number } }
}

export type RequestName = keyof Requests

/** One request as it crosses; `id` is unique for the life of the client. */
export type RequestMessage<Name extends RequestName = RequestName> = {
  [N in Name]: { kind: 'request'; id: number; name: N; params: Requests[N]['params'] }
}[Name]

/** Page → worker. A `cancel` for a request that has ended already is ignored. */
export type ClientMessage = RequestMessage | { kind: 'cancel'; id: number }

/** Worker → page. */
export type ServerMessage =
  | { kind: 'event'; id: number; event: Requests[RequestName]['event'] }
  | { kind: 'result'; id: number; result: Requests[RequestName]['result'] }
  | { kind: 'failure'; id: number; error: EngineErrorData }
