import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { type Answer, findFile, requestedRange, serveFiles } from './file-server'
import type { Files } from './memory-source'
import type { TestClock } from './test-clock'

/** What goes wrong with one answer. */
export type Fault =
  /** An error status, with a Retry-After if one is given. */
  | { kind: 'status'; status: number; retryAfter?: string }
  /** The bytes come in crumbs. */
  | { kind: 'slow' }
  /** The connection is cut after so many bytes. */
  | { kind: 'drop'; afterBytes: number }
  /** Nothing follows after so many bytes, and the clock runs until the client gives up. */
  | { kind: 'silence'; afterBytes: number; clock: TestClock }
  /** The answer ends after so many bytes as if they were all. */
  | { kind: 'short'; afterBytes: number }
  /** One bit of the byte at this position of the file is wrong. */
  | { kind: 'corrupt'; position: number }
  /** The file is said to be so much longer than it is. */
  | { kind: 'length'; extraBytes: number }
  /** The answer is said to be so much longer than it is, or shorter where that is negative. */
  | { kind: 'content-length'; extraBytes: number }
  /** A page that says what went wrong, with the status of success. */
  | { kind: 'page' }
  /** The whole file, compressed, whether the client can take that or not. */
  | { kind: 'gzip' }
  /** The range is ignored and the whole file sent. */
  | { kind: 'whole' }

/** Decides about a request by what it asks for and by how many came before it. */
export type FaultScript = (request: {
  file: string
  begin: number
  end: number
  index: number
}) => Fault | undefined

/** Serves files as `serveFiles` does, except where the script has a fault. */
export function serveWithFaults(files: Files, script: FaultScript): Answer {
  let requestCount = 0
  const serveSound = serveFiles(files)
  return (request, response) => {
    const index = requestCount++
    const bytes = findFile(files, request)
    if (bytes === undefined) return serveSound(request, response)
    const file = (request.url ?? '').slice('/models/tiny/'.length)
    const { begin, end } = requestedRange(request, bytes.length)
    const fault = script({ file, begin, end, index })
    if (fault === undefined || begin >= bytes.length) return serveSound(request, response)
    serveFault(fault, bytes, { begin, end }, response)
  }
}

function serveFault(
  fault: Fault,
  file: Uint8Array,
  { begin, end }: { begin: number; end: number },
  response: ServerResponse,
) {
  const writeHead = (totalBytes = file.length) =>
    response.writeHead(206, {
      'Content-Range': `bytes ${begin}-${end - 1}/${totalBytes}`,
      'Content-Length': end - begin,
    })
  const body = file.slice(begin, end)

  switch (fault.kind) {
    case 'status': {
      const { status, retryAfter } = fault
      response.writeHead(status, retryAfter === undefined ? {} : { 'Retry-After': retryAfter })
      response.end()
      break
    }
    case 'slow': {
      writeHead()
      const crumbBytes = Math.ceil(body.length / 50)
      const sendFrom = (position: number) => {
        if (response.destroyed) return
        if (position >= body.length) response.end()
        else {
          const crumb = body.subarray(position, position + crumbBytes)
          response.write(crumb, () => setImmediate(sendFrom, position + crumb.length))
        }
      }
      sendFrom(0)
      break
    }
    case 'drop':
      writeHead()
      response.write(body.subarray(0, fault.afterBytes), () => response.destroy())
      break
    case 'silence': {
      writeHead().write(body.subarray(0, fault.afterBytes))
      // Whoever is between two timers just then is rung out the next time.
      const passTime = setInterval(() => fault.clock.ringTimers(), 10)
      response.on('close', () => clearInterval(passTime))
      break
    }
    case 'short':
      response.writeHead(206).end(body.subarray(0, fault.afterBytes))
      break
    case 'corrupt':
      if (begin <= fault.position && fault.position < end) {
        const offset = fault.position - begin
        body[offset] = (body[offset] ?? 0) ^ 1
      }
      writeHead().end(body)
      break
    case 'length':
      writeHead(file.length + fault.extraBytes).end(body)
      break
    case 'content-length':
      response.writeHead(206, {
        'Content-Range': `bytes ${begin}-${end - 1}/${file.length}`,
        'Content-Length': body.length + fault.extraBytes,
        // A client that was told less would take the rest for the next answer.
        Connection: 'close',
      })
      response.write(body, () => response.destroy())
      break
    case 'page':
      response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end('<!doctype html><title>502 Bad Gateway</title>')
      break
    case 'gzip':
      response
        .writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'application/octet-stream' })
        .end(gzipSync(file))
      break
    case 'whole':
      response.writeHead(200, { 'Content-Length': file.length }).end(file)
      break
  }
}

/**
 * Sends each request on to an address that is signed for it and good for a single use, as hubs do
 * with their storage. With every `expireEvery`-th request, the addresses expire that are not used yet.
 */
export function serveThroughSignedAddresses(
  files: Files,
  { expireEvery = Number.POSITIVE_INFINITY } = {},
): Answer {
  const serveSound = serveFiles(files)
  const unused = new Map<string, string>()
  let requestCount = 0
  return (request: IncomingMessage, response: ServerResponse) => {
    requestCount++
    const url = request.url ?? ''
    if (url.startsWith('/models/tiny/')) {
      const signed = `/signed/${requestCount}`
      unused.set(signed, url)
      response.writeHead(302, { Location: signed }).end()
      return
    }
    if (requestCount % expireEvery === 0) unused.clear()
    const target = unused.get(url)
    unused.delete(url)
    if (target === undefined) {
      response.writeHead(403).end('expired')
      return
    }
    serveSound(Object.assign(Object.create(request), { url: target }), response)
  }
}

/**
 * A fetch as a page has it, to which servers of other origins are strangers: it may read an answer
 * only with an Access-Control-Allow-Origin, and may not even ask with a header that CORS does not
 * know. Node has no origin, so its own fetch may read anything.
 */
export function fetchAsPage(): typeof fetch {
  return async (input, init) => {
    const blocked = new TypeError('Failed to fetch')
    for (const [name, value] of new Headers(init?.headers)) {
      // A single range needs no preflight (Fetch standard, "CORS-safelisted request-header").
      if (name !== 'range' || !/^bytes=\d+-\d*$/.test(value)) throw blocked
    }
    const response = await fetch(input, init)
    if (init?.mode === 'no-cors')
      return Object.defineProperty(response, 'type', { value: 'opaque' })
    if (response.headers.has('access-control-allow-origin')) return response
    await response.body?.cancel()
    throw blocked
  }
}
