import { EngineError } from '../errors'
import { type Clock, systemClock } from './clock'
import { fileInvalid, HTML_PROBLEM } from './file-content'
import { release } from './release'
import { type RetryOptions, withRetries } from './retry'
import { type ShardSource, throwIfCancelled } from './shard-source'

/** A connection that brings no byte for this long is taken for dead. */
const IDLE_TIMEOUT_MS = 30_000

/**
 * A checkpoint on a server, its files below `baseUrl`.
 *
 * Requests carry no header but `Range: bytes=a-b`, which needs no CORS preflight, and no referrer.
 * A range is asked for afresh each time, so that a redirect to a signed address cannot expire.
 * A server that ignores ranges works too: its answer is read up to the range's end and dropped.
 * Where a first request fails, one more tells whether the server only forbids pages to read it.
 * What can pass (no answer, a dropped or silent connection, 429, 5xx) is tried again, see
 * `withRetries`.
 * @param baseUrl address of the folder, without query
 */
export function createHttpSource(
  baseUrl: string,
  fetch: typeof globalThis.fetch,
  options: RetryOptions = {},
): ShardSource {
  const { clock = systemClock } = options
  return withRetries(createRequestSource(baseUrl, fetch, clock), options)
}

interface Answer {
  response: Response
  /** Waits for more of it, but not for ever. */
  untilSilent: <T>(answer: Promise<T>) => Promise<T>
}

/** The same, each request made once. */
function createRequestSource(
  baseUrl: string,
  fetch: typeof globalThis.fetch,
  clock: Clock,
): ShardSource {
  const folder = baseUrl.replace(/\/+$/, '')
  const urlOf = (file: string) => `${folder}/${file.split('/').map(encodeURIComponent).join('/')}`
  const byteLengths = new Map<string, number>()
  const sequential = new Set<string>()
  /** A server that has let this page read an answer does not forbid it. */
  let hasAnswered = false

  /**
   * Whether there is an answer when nobody wants to read it: to a page, a server that forbids it to
   * read looks like none.
   */
  async function answersUnseen(url: string, signal: AbortSignal | undefined): Promise<boolean> {
    const silence = new AbortController()
    const stop = clock.setTimer(IDLE_TIMEOUT_MS, () => silence.abort())
    try {
      const { type } = await fetch(url, {
        method: 'HEAD',
        mode: 'no-cors',
        referrerPolicy: 'no-referrer',
        cache: 'no-store',
        signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
      })
      return type === 'opaque'
    } catch {
      throwIfCancelled(signal)
      return false
    } finally {
      stop()
    }
  }

  /** Asks for a range; the answer holds the file's bytes, or none of them (416: no such range). */
  async function request(
    file: string,
    range: string,
    signal: AbortSignal | undefined,
    isSecond = false,
  ): Promise<Answer> {
    throwIfCancelled(signal)
    const url = urlOf(file)
    const silence = new AbortController()
    const untilSilent = async <T>(answer: Promise<T>): Promise<T> => {
      const stop = clock.setTimer(IDLE_TIMEOUT_MS, () =>
        silence.abort(new Error(`no byte for ${IDLE_TIMEOUT_MS / 1000} seconds`)),
      )
      return answer.finally(stop)
    }
    let response: Response
    try {
      const pending = fetch(url, {
        headers: { Range: `bytes=${range}` },
        referrerPolicy: 'no-referrer',
        // The store keeps these bytes; a second copy in the HTTP cache would only take up the disk.
        cache: 'no-store',
        signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
      })
      response = await untilSilent(pending)
    } catch (error) {
      throwIfCancelled(signal)
      if (error instanceof EngineError) throw error
      const detail = detailOf(error)
      const isBlocked =
        !hasAnswered && !silence.signal.aborted && (await answersUnseen(url, signal))
      throw new EngineError({ code: 'network', url, detail, ...(isBlocked && { isBlocked }) })
    }
    hasAnswered = true
    const { ok, status } = response
    const isHtml = response.headers.get('content-type')?.startsWith('text/html') ?? false
    if (status === 416 || (ok && !isHtml)) {
      const known = byteLengths.get(file)
      const total = contentRange(response)?.total ?? known
      if (status === 200) sequential.add(file)
      if (total === known || known === undefined) return { response, untilSilent }
      await discard(response)
      throw fileInvalid(file, `has ${total} bytes by now, where it had ${known}`)
    }
    await discard(response)
    // The address that the request was sent on to has expired on the way there; another is signed.
    if (status === 403 && response.redirected && !isSecond) {
      return request(file, range, signal, true)
    }
    if (ok) throw fileInvalid(file, HTML_PROBLEM)
    if (status === 404 || status === 410) {
      throw new EngineError({ code: 'file-missing', file, neededBy: folder })
    }
    const retryAfterMs = retryAfter(response)
    throw new EngineError({
      code: 'http-status',
      url,
      status,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  }

  async function askByteLength(file: string, signal: AbortSignal | undefined): Promise<number> {
    const { response } = await request(file, '0-0', signal)
    await discard(response)
    // Only an empty file has no first byte.
    if (response.status === 416) return 0
    if (response.status === 200) return contentLength(file, response)
    const total = contentRange(response)?.total
    if (total !== undefined) return total

    // Servers of other origins may hide Content-Range, but not the Content-Length of all of it.
    const whole = await request(file, '0-', signal)
    await discard(whole.response)
    return contentLength(file, whole.response)
  }

  return {
    isSequential: (file) => sequential.has(file),

    async byteLength(file, signal) {
      const known = byteLengths.get(file)
      if (known !== undefined) return known
      const byteLength = await askByteLength(file, signal)
      byteLengths.set(file, byteLength)
      return byteLength
    },

    async *read(file, begin, end, signal) {
      if (begin === end) return
      const { response, untilSilent } = await request(file, `${begin}-${end - 1}`, signal)
      let position = beginOfBody(file, response, begin)
      const reader = response.status === 416 ? undefined : response.body?.getReader()
      try {
        while (reader !== undefined && position < end) {
          const { done, value } = await untilSilent(reader.read())
          if (done) break
          const wanted = value.subarray(Math.max(0, begin - position), end - position)
          position += value.length
          if (wanted.length > 0) yield wanted
          release(value)
        }
      } catch (error) {
        throwIfCancelled(signal)
        const received = `${Math.max(0, position - begin)} of ${end - begin} bytes received`
        const detail = `${detailOf(error)}; ${received}`
        throw new EngineError({ code: 'network', url: urlOf(file), detail })
      } finally {
        // Lets the connection go where the server sends more than was wanted.
        await reader?.cancel().catch(() => {})
      }
      if (position < end) {
        throw new EngineError({
          code: 'file-truncated',
          file,
          expectedBytes: end,
          receivedBytes: position,
        })
      }
    },
  }
}

/** Position in the file of the first byte that a server sends when asked for those from `begin`. */
function beginOfBody(file: string, response: Response, begin: number): number {
  // The server ignores ranges, and sends the file from its start.
  if (response.status === 200) return 0
  const range = contentRange(response)
  if (response.status === 416) return Math.min(begin, range?.total ?? 0)
  const found = range?.begin ?? begin
  if (found <= begin) return found
  throw fileInvalid(file, `comes from a server that sent byte ${found} when asked for ${begin}`)
}

/** What the Content-Range header says; undefined when it is absent or hidden by CORS. */
function contentRange(response: Response): { begin?: number; total?: number } | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(
    response.headers.get('content-range') ?? '',
  )
  if (match === null) return undefined
  const [, begin, total] = match
  return {
    ...(begin !== undefined && { begin: Number(begin) }),
    ...(total !== undefined && total !== '*' && { total: Number(total) }),
  }
}

function contentLength(file: string, response: Response): number {
  const length = response.headers.get('content-length')
  // A compressed answer announces its compressed length.
  if (length === null || response.headers.has('content-encoding')) {
    throw fileInvalid(file, 'comes from a server that does not tell its length')
  }
  return Number(length)
}

/**
 * How long a server that is busy asks to be left alone (RFC 9110 section 10.2.3); undefined where it
 * does not say, or where CORS hides it.
 */
function retryAfter({ headers }: Response): number | undefined {
  const text = headers.get('retry-after')
  if (text === null) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** Lets the connection go; what the server still sends is of no use. */
async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}

/** The text of a failed fetch; Node keeps the reason ("ECONNREFUSED …") in `cause`. */
function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
