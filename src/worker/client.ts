import { EngineError, type EngineErrorData } from '../engine/errors'
import type { ChatChunk, ChatRequest, Engine } from '../engine/index'
import type { ClientMessage, RequestName, Requests, ServerMessage } from './protocol'

/** An engine that lives behind a port; `dispose` ends it and cancels what is under way. */
export interface EngineClient extends Engine {
  dispose(): void
}

interface PendingRequest {
  onEvent(event: ServerMessage & { kind: 'event' }): void
  resolve(result: unknown): void
  reject(error: EngineError): void
}

interface RequestOptions<Name extends RequestName> {
  onEvent?: ((event: Requests[Name]['event']) => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * The `Engine` interface over a Worker or a MessagePort on whose other end `serve` answers.
 *
 * `connect` is called at the first request, and again at the first request after a crash: a crash
 * fails what was pending with `bug`, and the next request finds a fresh engine with no model loaded.
 * @param persist asks for lasting storage, `navigator.storage.persist` in a page: no worker may
 */
export function createEngineClient(
  connect: () => Worker | MessagePort,
  persist: Engine['persist'] = async () => false,
): EngineClient {
  let port: Worker | MessagePort | undefined
  let nextId = 0
  const pending = new Map<number, PendingRequest>()

  function open(): Worker | MessagePort {
    const opened = connect()
    opened.addEventListener('message', (event) => receive((event as MessageEvent).data))
    opened.addEventListener('error', (event) => crash(describeCrash(event as ErrorEvent)))
    opened.addEventListener('messageerror', () => crash('A message could not be read.'))
    if ('start' in opened) opened.start()
    return opened
  }

  function close(error: EngineErrorData) {
    if (port === undefined) return
    if ('terminate' in port) port.terminate()
    else port.close()
    port = undefined
    const orphans = [...pending.values()]
    pending.clear()
    for (const { reject } of orphans) reject(new EngineError(error))
  }

  function crash(cause: string) {
    close({ code: 'bug', report: `The engine's worker stopped. ${cause}` })
  }

  function send(message: ClientMessage) {
    port ??= open()
    port.postMessage(message)
  }

  function receive(message: ServerMessage) {
    const request = pending.get(message.id)
    if (request === undefined) return
    if (message.kind === 'event') {
      request.onEvent(message)
      return
    }
    pending.delete(message.id)
    if (message.kind === 'result') request.resolve(message.result)
    else request.reject(new EngineError(message.error))
  }

  async function request<Name extends RequestName>(
    name: Name,
    params: Requests[Name]['params'],
    { onEvent, signal }: RequestOptions<Name>,
  ): Promise<Requests[Name]['result']> {
    const id = nextId++
    const cancel = () => {
      if (pending.has(id)) send({ kind: 'cancel', id })
    }
    try {
      return await new Promise<Requests[Name]['result']>((resolve, reject) => {
        send({ kind: 'request', id, name, params } as ClientMessage)
        pending.set(id, {
          onEvent: ({ event }) => onEvent?.(event as Requests[Name]['event']),
          resolve: resolve as PendingRequest['resolve'],
          reject,
        })
        signal?.addEventListener('abort', cancel)
        if (signal?.aborted) cancel()
      })
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  async function* chat(params: ChatRequest, options: { signal?: AbortSignal } = {}) {
    const abandoned = new AbortController()
    const signals = [abandoned.signal, options.signal].filter((signal) => signal !== undefined)
    const arrived: ChatChunk[] = []
    let ended = false
    let wake = () => {}
    const end = request('chat', params, {
      onEvent: (chunk) => {
        arrived.push(chunk)
        wake()
      },
      signal: AbortSignal.any(signals),
    }).finally(() => {
      ended = true
      wake()
    })
    // A reader that leaves early never awaits `end`; its failure is then nobody's business.
    end.catch(() => {})
    try {
      for (;;) {
        const chunk = arrived.shift()
        if (chunk !== undefined) yield chunk
        else if (ended) break
        else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
      await end
    } finally {
      abandoned.abort()
    }
  }

  return {
    load: (params, { onProgress, signal } = {}) =>
      request('load', params, { onEvent: onProgress, signal }),
    download: (params, { onProgress, signal } = {}) =>
      request('download', params, { onEvent: onProgress, signal }),
    inspect: (params, { signal } = {}) => request('inspect', params, { signal }),
    assess: (params) => request('assess', params, {}),
    checkDevice: (params = {}) => request('checkDevice', params, {}),
    chat,
    countTokens: (params) => request('countTokens', params, {}),
    tokenTexts: (ids) => request('tokenTexts', ids, {}),
    measure: (params, { onProgress, signal } = {}) =>
      request('measure', params, { onEvent: onProgress, signal }),
    measureCopyRate: () => request('measureCopyRate', undefined, {}),
    storage: () => request('storage', undefined, {}),
    persist,
    listModels: () => request('listModels', undefined, {}),
    verify: (params, { onProgress, signal } = {}) =>
      request('verify', params, { onEvent: onProgress, signal }),
    deleteWeights: (model) => request('deleteWeights', { model }, {}),
    dispose: () => close({ code: 'cancelled' }),
  }
}

/**
 * The engine in a dedicated worker of its own, started at the first request.
 * @param persist as for `createEngineClient`
 */
export function createWorkerEngine(persist?: Engine['persist']): EngineClient {
  return createEngineClient(
    () => new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module' }),
    persist,
  )
}

function describeCrash({ message, filename, lineno }: ErrorEvent): string {
  // A script that could not be fetched or parsed arrives as a bare Event without these.
  return message ? `${message} (${filename}:${lineno})` : 'Its script could not be started.'
}
