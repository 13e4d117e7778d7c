import { errorData } from '../engine/errors'
import type { Engine } from '../engine/index'
import type {
  ClientMessage,
  RequestMessage,
  RequestName,
  Requests,
  ServerMessage,
} from './protocol'

/** What `serve` needs of a MessagePort or of a dedicated worker's global scope. */
export interface ServerPort {
  postMessage(message: ServerMessage): void
  addEventListener(type: 'message', listener: (event: MessageEvent<ClientMessage>) => void): void
  /** A MessagePort holds messages back until it is started; a worker's scope has no such switch. */
  start?(): void
}

interface RequestContext<Name extends RequestName> {
  /** Sends one event to whoever asked; they arrive in the order of the calls. */
  emit: (event: Requests[Name]['event']) => void
  /** Aborted when the page cancels. */
  signal: AbortSignal
}

/** One handler for each line of `Requests`. What it throws crosses as data. */
export type Handlers = {
  [Name in RequestName]: (
    params: Requests[Name]['params'],
    context: RequestContext<Name>,
  ) => Promise<Requests[Name]['result']>
}

/**
 * Answers every request that arrives on `port`; requests run side by side.
 *
 * Each gets its events and then exactly one result or failure, whatever its handler does: an
 * `EngineError` crosses with its data, anything else as `bug` with its stack.
 */
export function serve(port: ServerPort, handlers: Handlers): void {
  const running = new Map<number, AbortController>()

  async function answer<Name extends RequestName>(request: RequestMessage<Name>) {
    const { id } = request
    const controller = new AbortController()
    running.set(id, controller)
    try {
      const result = await handlers[request.name](request.params, {
        emit: (event) => port.postMessage({ kind: 'event', id, event }),
        signal: controller.signal,
      })
      port.postMessage({ kind: 'result', id, result })
    } catch (thrown) {
      port.postMessage({ kind: 'failure', id, error: errorData(thrown) })
    } finally {
      running.delete(id)
    }
  }

  port.addEventListener('message', ({ data: message }) => {
    if (message.kind === 'cancel') running.get(message.id)?.abort()
    else void answer(message)
  })
  port.start?.()
}

/** The handlers that put an engine behind `serve`. */
export function engineHandlers(engine: Engine): Handlers {
  return {
    load: (params, { emit, signal }) => engine.load(params, { onProgress: emit, signal }),
    download: (params, { emit, signal }) => engine.download(params, { onProgress: emit, signal }),
    inspect: (params, { signal }) => engine.inspect(params, { signal }),
    assess: (params) => engine.assess(params),
    checkDevice: (params) => engine.checkDevice(params),
    chat: async (params, { emit, signal }) => {
      for await (const chunk of engine.chat(params, { signal })) emit(chunk)
      return undefined
    },
    countTokens: (params) => engine.countTokens(params),
    tokenTexts: (ids) => engine.tokenTexts(ids),
    measure: (params, { emit, signal }) => engine.measure(params, { onProgress: emit, signal }),
    measureCopyRate: () => engine.measureCopyRate(),
    storage: () => engine.storage(),
    listModels: () => engine.listModels(),
    verify: (params, { emit, signal }) => engine.verify(params, { onProgress: emit, signal }),
    deleteWeights: ({ model }) => engine.deleteWeights(model),
  }
}
