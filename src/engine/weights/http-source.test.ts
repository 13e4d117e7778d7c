import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { requestedRange, serveFiles, startServer } from '../testing/file-server'
import { collect, failure } from '../testing/memory-source'
import { createTestClock } from '../testing/test-clock'
import { createHttpSource } from './http-source'
import type { ShardSource } from './shard-source'

const FILE = 'model.safetensors'
const LENGTH = 1000
const bytes = Uint8Array.from({ length: LENGTH }, (_, i) => i)
const files = () => new Map([[FILE, bytes.slice()]])

/** A server's files, on a clock on which nobody waits. */
const openSource = (baseUrl: string, clock = createTestClock()) =>
  createHttpSource(baseUrl, fetch, { clock, random: () => 0 })

const readAll = async (source: ShardSource, begin: number, end: number, signal?: AbortSignal) =>
  collect(source.read(FILE, begin, end, signal))

describe('createHttpSource', () => {
  it('asks for a range and for nothing else', async () => {
    const { baseUrl, requests } = await startServer(serveFiles(files()))
    const source = openSource(`${baseUrl}/`)

    expect(await readAll(source, 10, 300)).toEqual(bytes.slice(10, 300))
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /models/tiny/${FILE}`,
    ])
    const { headers } = requests[0] ?? {}
    expect(headers?.range).toBe('bytes=10-299')
    expect(headers).not.toHaveProperty('referer')
    expect(headers).not.toHaveProperty('if-range')
  })

  it('learns a length once, from the first byte', async () => {
    const { baseUrl, requests } = await startServer(serveFiles(files()))
    const source = openSource(baseUrl)
    expect(await source.byteLength(FILE)).toBe(LENGTH)
    expect(await source.byteLength(FILE)).toBe(LENGTH)
    expect(requests.map(({ headers }) => headers.range)).toEqual(['bytes=0-0'])
    expect(source.isSequential?.(FILE)).toBe(false)
  })

  it('makes no request for no bytes', async () => {
    const { baseUrl, requests } = await startServer(serveFiles(files()))
    expect(await readAll(openSource(baseUrl), 5, 5)).toEqual(new Uint8Array())
    expect(requests).toEqual([])
  })

  it('escapes file names', async () => {
    const name = 'weights/a b#1.safetensors'
    const { baseUrl } = await startServer((request, response) => {
      response.end(request.url === '/models/tiny/weights/a%20b%231.safetensors' ? 'x' : 'wrong')
    })
    expect(await openSource(baseUrl).byteLength(name)).toBe(1)
  })

  it('knows an empty file', async () => {
    const { baseUrl } = await startServer(serveFiles(new Map([[FILE, new Uint8Array()]])))
    expect(await openSource(baseUrl).byteLength(FILE)).toBe(0)
  })

  it('learns the length where Content-Range is hidden, as it may be on another origin', async () => {
    const { baseUrl, requests } = await startServer((request, response) => {
      const { begin, end } = requestedRange(request, LENGTH)
      response.writeHead(206, { 'Content-Length': end - begin }).end(bytes.subarray(begin, end))
    })
    const source = openSource(baseUrl)
    expect(await source.byteLength(FILE)).toBe(LENGTH)
    expect(requests.map(({ headers }) => headers.range)).toEqual(['bytes=0-0', 'bytes=0-'])
    expect(await readAll(source, 10, 20)).toEqual(bytes.slice(10, 20))
  })

  it.each([
    { begin: 0, end: LENGTH },
    { begin: 0, end: 1 },
    { begin: 400, end: 500 },
    { begin: LENGTH - 1, end: LENGTH },
  ])('takes [$begin, $end) from a server that ignores ranges', async ({ begin, end }) => {
    const { baseUrl } = await startServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': LENGTH })
      for (let i = 0; i < LENGTH; i += 90) response.write(bytes.subarray(i, i + 90))
      response.end()
    })
    const source = openSource(baseUrl)
    expect(await source.byteLength(FILE)).toBe(LENGTH)
    expect(source.isSequential?.(FILE)).toBe(true)
    expect(await readAll(source, begin, end)).toEqual(bytes.slice(begin, end))
  })

  it('lets go of an endless answer once it has what it wants', async () => {
    const closings: Promise<unknown>[] = []
    const { baseUrl } = await startServer((_request, response) => {
      closings.push(once(response, 'close'))
      const send = () => {
        if (!response.destroyed) response.write(bytes, () => setImmediate(send))
      }
      send()
    })
    expect(await readAll(openSource(baseUrl), 100, 200)).toEqual(bytes.slice(100, 200))
    await Promise.all(closings)
  })

  it('keeps to the range where the server sends more', async () => {
    const { baseUrl } = await startServer((_request, response) => {
      response.writeHead(206, { 'Content-Range': `bytes 90-999/${LENGTH}` }).end(bytes.subarray(90))
    })
    const read = await readAll(openSource(baseUrl), 100, 200)
    expect(read).toEqual(bytes.slice(100, 200))
  })

  it.each([
    {
      because: 'the file does not exist',
      answer: { status: 404 },
      error: { code: 'file-missing', file: FILE },
    },
    {
      because: 'the file is gone',
      answer: { status: 410 },
      error: { code: 'file-missing', file: FILE },
    },
    {
      because: 'it is forbidden',
      answer: { status: 403 },
      error: { code: 'http-status', status: 403, url: expect.stringContaining(FILE) },
    },
    {
      because: 'the server is broken',
      answer: { status: 500 },
      error: { code: 'http-status', status: 500 },
    },
    {
      because: 'the server is busy',
      answer: { status: 429 },
      error: { code: 'http-status', status: 429 },
    },
    {
      because: 'a page comes in place of the file',
      answer: { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' } },
      error: { code: 'file-invalid', file: FILE, problem: expect.stringContaining('HTML page') },
    },
  ])('says so when $because', async ({ answer, error }) => {
    const { baseUrl } = await startServer((_request, response) => {
      response.writeHead(answer.status, answer.headers).end('<html>whatever</html>')
    })
    const source = openSource(baseUrl)
    expect(await failure(source.byteLength(FILE))).toMatchObject(error)
    expect(await failure(readAll(source, 0, 10))).toMatchObject(error)
  })

  it.each([
    { headers: { 'Transfer-Encoding': 'chunked' } },
    { headers: { 'Content-Length': '9', 'Content-Encoding': 'x-unknown' } },
  ])('does not believe a length that is not the file: $headers', async ({ headers }) => {
    const { baseUrl } = await startServer((_request, response) => {
      response.writeHead(200, headers as Record<string, string>).end('123456789')
    })
    expect(await failure(openSource(baseUrl).byteLength(FILE))).toEqual({
      code: 'file-invalid',
      file: FILE,
      problem: 'comes from a server that does not tell its length',
    })
  })

  it.each([
    { status: 200, because: 'the whole file is short' },
    { status: 206, because: 'the range is short' },
  ])('notices a body that ends early: $because', async ({ status }) => {
    const { baseUrl } = await startServer((request, response) => {
      const { begin } = requestedRange(request, LENGTH)
      response.writeHead(status).end(bytes.subarray(status === 200 ? 0 : begin, 150))
    })
    expect(await failure(readAll(openSource(baseUrl), 100, 200))).toEqual({
      code: 'file-truncated',
      file: FILE,
      expectedBytes: 200,
      receivedBytes: 150,
    })
  })

  it('notices a range that the file does not have', async () => {
    const { baseUrl } = await startServer(serveFiles(files()))
    expect(await failure(readAll(openSource(baseUrl), LENGTH + 5, LENGTH + 9))).toEqual({
      code: 'file-truncated',
      file: FILE,
      expectedBytes: LENGTH + 9,
      receivedBytes: LENGTH,
    })
  })

  it('notices bytes from elsewhere in the file', async () => {
    const { baseUrl } = await startServer((_request, response) => {
      response.writeHead(206, { 'Content-Range': 'bytes 200-299/1000' }).end(bytes.slice(200, 300))
    })
    expect(await failure(readAll(openSource(baseUrl), 100, 200))).toMatchObject({
      code: 'file-invalid',
      problem: expect.stringContaining('sent byte 200 when asked for 100'),
    })
  })

  it('asks for the rest when the connection drops', async () => {
    const { baseUrl, requests } = await startServer((request, response) => {
      const { begin, end } = requestedRange(request, LENGTH)
      response.writeHead(206, { 'Content-Length': end - begin })
      const sent = bytes.subarray(begin, Math.min(begin + 60, end))
      response.write(sent, () => response.destroy())
    })
    expect(await readAll(openSource(baseUrl), 100, 300)).toEqual(bytes.slice(100, 300))
    expect(requests.map(({ headers }) => headers.range)).toEqual([
      'bytes=100-299',
      'bytes=160-299',
      'bytes=220-299',
      'bytes=280-299',
    ])
  })

  it('asks again when the connection falls silent', async () => {
    const clock = createTestClock()
    const { baseUrl, requests } = await startServer((request, response) => {
      if (requests.length > 1) return serveFiles(files())(request, response)
      response.writeHead(206, { 'Content-Length': 200 })
      response.write(bytes.subarray(100, 160), () => clock.ringTimers())
    })
    const source = openSource(baseUrl, clock)
    expect(await readAll(source, 100, 300)).toEqual(bytes.slice(100, 300))
    expect(source.retryCount?.()).toBe(1)
  })

  it('names what was received last when the connection drops again and again', async () => {
    const { baseUrl } = await startServer((request, response) => {
      const { begin, end } = requestedRange(request, LENGTH)
      response.writeHead(206, { 'Content-Length': end - begin })
      if (begin === 160) response.destroy()
      else response.write(bytes.subarray(begin, 160), () => response.destroy())
    })
    const source = openSource(baseUrl)
    const received: number[] = []
    const reading = (async () => {
      for await (const piece of source.read(FILE, 100, 200)) received.push(piece.length)
    })()
    expect(await failure(reading)).toMatchObject({ code: 'network', url: `${baseUrl}/${FILE}` })
    expect(received).toEqual([60])
  })

  it('says that a server never answered', async () => {
    const clock = createTestClock()
    const { baseUrl, requests } = await startServer(() => clock.ringTimers())
    expect(await failure(openSource(baseUrl, clock).byteLength(FILE))).toEqual({
      code: 'network',
      url: `${baseUrl}/${FILE}`,
      detail: 'no byte for 30 seconds',
    })
    expect(requests.length).toBe(3)
  })

  it.each([
    { header: '7', waitsMs: 7000 },
    { header: 'soon', waitsMs: 500 },
    { header: 'Wed, 21 Oct 2015 07:28:00 GMT', waitsMs: 500 },
    { header: 'Fri, 31 Dec 9999 23:59:59 GMT', waitsMs: 60_000 },
  ])('waits as a busy server asks: Retry-After: $header', async ({ header, waitsMs }) => {
    const { baseUrl, requests } = await startServer((request, response) => {
      if (requests.length > 1) serveFiles(files())(request, response)
      else response.writeHead(429, { 'Retry-After': header }).end()
    })
    const clock = createTestClock()
    expect(await readAll(openSource(baseUrl, clock), 0, 10)).toEqual(bytes.slice(0, 10))
    expect(clock.sleeps).toEqual([waitsMs])
  })

  it('notices that the file has another length by now', async () => {
    let length = LENGTH
    const { baseUrl } = await startServer((request, response) => {
      serveFiles(new Map([[FILE, bytes.slice(0, length)]]))(request, response)
    })
    const source = openSource(baseUrl)
    expect(await source.byteLength(FILE)).toBe(LENGTH)
    length = 900
    expect(await failure(readAll(source, 0, 10))).toEqual({
      code: 'file-invalid',
      file: FILE,
      problem: 'has 900 bytes by now, where it had 1000',
    })
  })

  it('names the address that nobody answers at', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))

    const source = openSource(`http://127.0.0.1:${port}`)
    expect(await failure(source.byteLength(FILE))).toEqual({
      code: 'network',
      url: `http://127.0.0.1:${port}/${FILE}`,
      detail: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('stops when cancelled: before, while waiting for an answer, and in the middle of one', async () => {
    const first = new AbortController()
    const { baseUrl } = await startServer((request, response) => {
      if (request.headers.range === 'bytes=0-0') first.abort()
      else response.writeHead(206).write(bytes.subarray(0, 10))
    })
    const source = openSource(baseUrl)
    const cancelled = { code: 'cancelled' }
    expect(await failure(readAll(source, 0, 10, AbortSignal.abort()))).toEqual(cancelled)

    expect(await failure(source.byteLength(FILE, first.signal))).toEqual(cancelled)

    const second = new AbortController()
    const reading = (async () => {
      for await (const _ of source.read(FILE, 0, 100, second.signal)) second.abort()
    })()
    expect(await failure(reading)).toEqual(cancelled)
  })
})
