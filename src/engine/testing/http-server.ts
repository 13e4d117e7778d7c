/** An HTTP server of files, for tests, measurements and the engine's command line. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ShardSource } from '../weights/shard-source'

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Starts a server at a port of this machine, 0 for any that is free. */
export async function listen(
  answer: Answer,
  port = 0,
): Promise<{ port: number; close: () => void }> {
  const server = createServer(answer)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The bytes [begin, end) that a request asks for. */
export function requestedRange(request: IncomingMessage, length: number) {
  const [, begin, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  const end = last ? Math.min(Number(last) + 1, length) : length
  return { begin: Number(begin ?? 0), end }
}

/** Files that are served: their names, lengths and bytes. */
export type ServedSource = ShardSource & { readonly files: readonly string[] }

/**
 * Serves files to pages of any origin, byte ranges and HEAD included, as /FILE, and as a hub has
 * them: /OWNER/NAME/resolve/REVISION/FILE, whatever owner, name and revision. Of the hub's API there
 * are /api/models/OWNER/NAME/revision/REVISION, which names a commit, and …/tree/REVISION, which
 * lists the files.
 *
 * @param hashes SHA-256 by file, for that list
 */
export function serveSource(
  source: ServedSource,
  hashes: ReadonlyMap<string, string> = new Map(),
): Answer {
  async function answer(request: IncomingMessage, response: ServerResponse) {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.setHeader('Access-Control-Expose-Headers', 'Content-Range, Content-Length')
    const [, question] =
      /^\/api\/models\/[^/]+\/[^/]+\/(revision|tree)\/[^/]+$/.exec(pathname) ?? []
    if (question !== undefined) {
      const tree = JSON.stringify(await Promise.all(source.files.map(describe)))
      const sha = createHash('sha1').update(tree).digest('hex')
      response.setHeader('Content-Type', 'application/json')
      response.end(question === 'tree' ? tree : JSON.stringify({ sha }))
      return
    }
    const file = decodeURIComponent(pathname.replace(/^\/([^/]+\/[^/]+\/resolve\/[^/]+\/)?/, ''))
    if (!source.files.includes(file)) {
      response.writeHead(404).end('not found')
      return
    }
    await sendRange(file, request, response)
  }

  async function describe(path: string) {
    const size = await source.byteLength(path)
    const oid = hashes.get(path)
    return { type: 'file', path, size, ...(oid !== undefined && { lfs: { oid, size } }) }
  }

  async function sendRange(file: string, request: IncomingMessage, response: ServerResponse) {
    const length = await source.byteLength(file)
    const { begin, end } = requestedRange(request, length)
    response.setHeader('Accept-Ranges', 'bytes')
    if (begin >= length) {
      response.writeHead(416, { 'Content-Range': `bytes */${length}` }).end()
      return
    }
    response.setHeader('Content-Type', 'application/octet-stream')
    response.setHeader('Content-Length', end - begin)
    if (request.headers.range === undefined) response.writeHead(200)
    else response.writeHead(206, { 'Content-Range': `bytes ${begin}-${end - 1}/${length}` })
    if (request.method === 'HEAD') response.end()
    else await pipeline(Readable.from(source.read(file, begin, end)), response)
  }

  return (request, response) => {
    // A client that goes away breaks the pipeline, and nobody is left to be told.
    answer(request, response).catch(() => response.destroy())
  }
}
