import type { IncomingMessage } from 'node:http'
import { onTestFinished } from 'vitest'
import { type Answer, listen, requestedRange } from './http-server'
import type { Files } from './memory-source'

export { type Answer, requestedRange } from './http-server'

export interface FileServer {
  baseUrl: string
  /** Every request so far. */
  requests: IncomingMessage[]
}

/** Starts an HTTP server that lives until the test ends. */
export async function startServer(answer: Answer): Promise<FileServer> {
  const requests: IncomingMessage[] = []
  const { port, close } = await listen((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  onTestFinished(close)
  return { baseUrl: `http://127.0.0.1:${port}/models/tiny`, requests }
}

/** Serves files below /models/tiny as a static server does, byte ranges included. */
export function serveFiles(files: Files): Answer {
  return (request, response) => {
    const bytes = findFile(files, request)
    if (bytes === undefined) {
      response.writeHead(404).end('not found')
      return
    }
    const { begin, end } = requestedRange(request, bytes.length)
    if (begin >= bytes.length) {
      response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` }).end()
      return
    }
    response
      .writeHead(206, {
        'Content-Range': `bytes ${begin}-${end - 1}/${bytes.length}`,
        'Content-Length': end - begin,
      })
      .end(bytes.subarray(begin, end))
  }
}

/** The file that a request asks for; undefined when there is none of that name. */
export function findFile(files: Files, request: IncomingMessage) {
  return files.get(decodeURI((request.url ?? '').replace('/models/tiny/', '')))
}
