import { createParser } from 'eventsource-parser'
import { EngineError } from '../../engine/errors'
import type { ChatChunk, ChatDelta, ChatRequest, FinishReason } from '../../engine/index'
import { textLengthMax } from '../conversations/checks'
import { type Endpoint, hostOf, isInTheClear, type Server } from './endpoint'
import { type MalformedProblem, RemoteError } from './errors'
import {
  errorMessage,
  parseModels,
  parsePiece,
  plain,
  type RemotePiece,
  requestBody,
} from './protocol'

/** A chunk of the engine's kind. */
export interface RemoteChunk extends ChatChunk {
  /** The model takes no reasoning effort, and was asked without. */
  withoutEffort?: true
}

/** Asks the user's own servers. */
export interface RemoteClient {
  /**
   * Has a server answer: the same chunks as the engine's `chat`, the times as they are from here.
   * An aborted signal ends the answer with `cancelled`.
   * @throws RemoteError
   */
  chat(
    endpoint: Endpoint,
    request: ChatRequest,
    options?: { signal?: AbortSignal },
  ): AsyncGenerator<RemoteChunk>
  /**
   * Names of the models that a server offers.
   * @throws RemoteError, or the signal's reason when it is aborted
   */
  models(server: Server, options?: { signal?: AbortSignal }): Promise<string[]>
}

export interface RemoteEnvironment {
  fetch: typeof globalThis.fetch
  /** Calls `ring` after `ms` milliseconds, unless the returned function is called before. */
  setTimer: (ms: number, ring: () => void) => () => void
  /** A clock in milliseconds that is never set back. */
  now: () => number
  /** Where the page comes from, which a server may allow or not. */
  pageOrigin: string
}

/** Silence is long while a server loads its model, or reads a long chat on slow hardware. */
const answerSilentMs = 300_000
const listSilentMs = 20_000

const eventLengthMax = 1_000_000
/** An answer in one piece; JSON may double the length of a text. */
const bodyLengthMax = 2 * textLengthMax
const listLengthMax = 4_000_000
const errorLengthMax = 100_000

/** Ends a request whose server is silent for too long, or that nobody wants any more. */
interface Watch {
  signal: AbortSignal
  /** Something came: the silence is measured from now on. */
  heard(): void
  end(): void
}

export function createRemoteClient(environment: RemoteEnvironment): RemoteClient {
  const { fetch, setTimer, now, pageOrigin } = environment

  function watch(server: Server, silentMs: number, signal?: AbortSignal): Watch {
    const silence = new AbortController()
    const stalled = () =>
      silence.abort(new RemoteError({ code: 'remote-stalled', host: hostOf(server), silentMs }))
    let stop = setTimer(silentMs, stalled)
    return {
      signal: AbortSignal.any([silence.signal, ...(signal ? [signal] : [])]),
      heard() {
        stop()
        stop = setTimer(silentMs, stalled)
      },
      end: () => stop(),
    }
  }

  /** Asks the server, by POST where there is a body. Cookies and the page's address stay here. */
  async function ask(server: Server, path: string, watch: Watch, body?: Record<string, unknown>) {
    const url = server.baseUrl + path
    const { signal } = watch
    const request: RequestInit = {
      headers: {
        ...(body && { 'Content-Type': 'application/json' }),
        ...(server.key !== '' && { Authorization: `Bearer ${server.key}` }),
      },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      // The key and the chat are for this server, not for another that it names.
      redirect: 'error',
      signal,
    }
    const response = await fetch(url, request).catch((thrown: unknown) => {
      signal.throwIfAborted()
      if (thrown instanceof EngineError) throw thrown
      const host = hostOf(server)
      throw new RemoteError(
        pageOrigin.startsWith('https:') && isInTheClear(server)
          ? { code: 'remote-mixed-content', host }
          : { code: 'remote-unreachable', host, pageOrigin },
      )
    })
    watch.heard()
    if (!response.ok) throw await refusal(server, url, String(body?.model ?? ''), response, watch)
    return response
  }

  async function* answer(endpoint: Endpoint, request: ChatRequest, watch: Watch) {
    const host = hostOf(endpoint)
    const answered = {
      object: 'chat.completion.chunk' as const,
      id: crypto.randomUUID(),
      created: Math.floor(Date.now() / 1000),
      model: endpoint.model,
    }
    const beganAt = now()
    let firstAt: number | undefined
    let lastAt = beganAt
    let length = 0
    let finish: FinishReason | undefined
    let usage: RemotePiece['usage']
    const { response, ...asked } = await askForAnswer(endpoint, request, watch)
    const about = { ...answered, ...asked }
    for await (const piece of pieces(response, host, watch)) {
      finish ??= piece.finishReason
      usage = piece.usage ?? usage
      const added = lengthOf(piece.delta)
      if (added === 0) continue
      length += added
      if (length > textLengthMax) throw malformed(host, 'too-long')
      lastAt = now()
      firstAt ??= lastAt
      yield { ...about, choices: [{ index: 0, delta: piece.delta, finish_reason: null }] as const }
    }
    if (finish === undefined) throw new RemoteError({ code: 'remote-cut-off', host })
    const timings = usage && firstAt !== undefined && timingsOf(usage, beganAt, firstAt, lastAt)
    yield {
      ...about,
      choices: [{ index: 0, delta: {}, finish_reason: finish }] as const,
      ...(usage && { usage }),
      ...(timings && { timings }),
    }
  }

  /** Asks again without the effort where a model that does not reason refuses to be told one. */
  async function askForAnswer(endpoint: Endpoint, request: ChatRequest, watch: Watch) {
    const { reasoning_effort, ...body } = requestBody(request, endpoint.model)
    const path = '/chat/completions'
    const withoutEffort = async () => ({ response: await ask(endpoint, path, watch, body) })
    if (reasoning_effort === undefined) return withoutEffort()
    try {
      return { response: await ask(endpoint, path, watch, { ...body, reasoning_effort }) }
    } catch (thrown) {
      if (!isRefusedEffort(thrown)) throw thrown
      return { ...(await withoutEffort()), withoutEffort: true as const }
    }
  }

  return {
    async *chat(endpoint, request, { signal } = {}) {
      const watched = watch(endpoint, answerSilentMs, signal)
      try {
        yield* answer(endpoint, request, watched)
      } catch (thrown) {
        if (!signal?.aborted) throw thrown
        yield cancelledChunk(endpoint)
      } finally {
        watched.end()
      }
    },

    async models(server, { signal } = {}) {
      const watched = watch(server, listSilentMs, signal)
      try {
        const response = await ask(server, '/models', watched)
        const host = hostOf(server)
        const body = await bodyOf(response, host, listLengthMax, watched)
        const models = parseModels(json(body))
        if (!models) throw malformed(host, problemOf(response), body)
        return models
      } finally {
        watched.end()
      }
    },
  }
}

const cancelledChunk = ({ model }: Endpoint): ChatChunk => ({
  object: 'chat.completion.chunk',
  id: crypto.randomUUID(),
  created: Math.floor(Date.now() / 1000),
  model,
  choices: [{ index: 0, delta: {}, finish_reason: 'cancelled' }],
})

/** Ollama says that a model "does not support thinking", OpenAI names the field. */
const isRefusedEffort = (thrown: unknown) =>
  thrown instanceof RemoteError &&
  thrown.data.code === 'remote-status' &&
  /reasoning|think/i.test(thrown.data.message)

async function refusal(
  server: Server,
  url: string,
  model: string,
  response: Response,
  watch: Watch,
): Promise<RemoteError> {
  const { status } = response
  const host = hostOf(server)
  // The status says more than that its explanation is endless or cut off.
  const body = await bodyOf(response, host, errorLengthMax, watch).catch(() => '')
  const isPage = problemOf(response) === 'web-page'
  const message = errorMessage(json(body)) || (isPage ? '' : plain(body))
  switch (status) {
    case 401:
    case 403:
      return new RemoteError({
        code: 'remote-unauthorized',
        host,
        status,
        hasKey: server.key !== '',
        message,
      })
    case 404:
      return new RemoteError({ code: 'remote-not-found', host, url, model, message })
    case 429:
      return new RemoteError({ code: 'remote-overloaded', host, message })
    default:
      return new RemoteError({ code: 'remote-status', host, status, message })
  }
}

/** What an answer consists of, whether the server streams it or sends it in one piece. */
async function* pieces(response: Response, host: string, watch: Watch) {
  const type = response.headers.get('Content-Type') ?? ''
  if (problemOf(response) === 'web-page') throw malformed(host, 'web-page')
  if (type.includes('json')) {
    yield readPiece(await bodyOf(response, host, bodyLengthMax, watch), host)
    return
  }
  for await (const data of events(response, host, watch)) {
    if (data === '[DONE]') {
      yield { delta: {}, finishReason: 'stop', usage: undefined } satisfies RemotePiece
      return
    }
    yield readPiece(data, host)
  }
}

function readPiece(text: string, host: string): RemotePiece {
  const piece = parsePiece(json(text))
  if (!piece) throw unreadable(text, host)
  return piece
}

/** What is no part of an answer: the report of an error, or nothing that anybody agreed on. */
function unreadable(text: string, host: string): RemoteError {
  const message = errorMessage(json(text))
  return message === ''
    ? malformed(host, 'not-protocol', text)
    : new RemoteError({ code: 'remote-failed', host, message })
}

/** The data of a stream's events. */
async function* events(response: Response, host: string, watch: Watch): AsyncGenerator<string> {
  const complete: string[] = []
  let problem: RemoteError | undefined
  const parser = createParser({
    maxBufferSize: eventLengthMax,
    onEvent: ({ data }) => complete.push(data),
    onError({ type, line = '' }) {
      if (type === 'max-buffer-size-exceeded') problem ??= malformed(host, 'too-long')
      if (type === 'unknown-field') problem ??= unreadable(line, host)
    },
  })
  const decoder = new TextDecoder()
  for await (const bytes of bytesOf(response, host, watch)) {
    parser.feed(decoder.decode(bytes, { stream: true }))
    yield* complete.splice(0)
    if (problem) throw problem
  }
}

async function bodyOf(response: Response, host: string, lengthMax: number, watch: Watch) {
  const decoder = new TextDecoder()
  let body = ''
  for await (const bytes of bytesOf(response, host, watch)) {
    body += decoder.decode(bytes, { stream: true })
    if (body.length > lengthMax) throw malformed(host, 'too-long')
  }
  return body + decoder.decode()
}

async function* bytesOf({ body }: Response, host: string, watch: Watch) {
  const reader = body?.getReader()
  if (!reader) return
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        watch.signal.throwIfAborted()
        throw new RemoteError({ code: 'remote-cut-off', host })
      })
      if (done) return
      watch.heard()
      yield value
    }
  } finally {
    // Whoever reads no further does not keep the connection.
    await reader.cancel().catch(() => {})
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const problemOf = (response: Response): MalformedProblem =>
  response.headers.get('Content-Type')?.includes('html') ? 'web-page' : 'not-protocol'

const malformed = (host: string, problem: MalformedProblem, text = '') =>
  new RemoteError({
    code: 'remote-malformed',
    host,
    problem,
    excerpt: problem === 'web-page' ? '' : plain(text),
  })

function lengthOf({ content = '', reasoning = '', tool_calls = [] }: ChatDelta): number {
  const calls = tool_calls.map(({ id = '', function: { name = '', arguments: written = '' } }) =>
    [id, name, written].join(''),
  )
  return [content, reasoning, ...calls].join('').length
}

/** Rates as they are seen from here, the network included. */
function timingsOf(
  { prompt_tokens, completion_tokens }: NonNullable<RemotePiece['usage']>,
  beganAt: number,
  firstAt: number,
  lastAt: number,
): ChatChunk['timings'] {
  const firstTokenMs = firstAt - beganAt
  const decodeMs = lastAt - firstAt
  // An answer in one piece does not tell how fast it was written.
  if (firstTokenMs <= 0 || decodeMs <= 0) return undefined
  return {
    firstTokenMs,
    prefillMs: firstTokenMs,
    decodeMs,
    prefillTokensPerSecond: (prompt_tokens / firstTokenMs) * 1000,
    decodeTokensPerSecond: (Math.max(0, completion_tokens - 1) / decodeMs) * 1000,
  }
}
