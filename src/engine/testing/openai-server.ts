/** A small server that speaks OpenAI's chat completions, for tests: it says what the test tells it to. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen } from './http-server'

export interface OpenaiServer {
  /** Its address, without `/v1`. */
  readonly url: string
  /** The requests so far but for the browser's questions whether it may ask. */
  readonly requests: { path: string; headers: IncomingHttpHeaders; body: unknown }[]
  /** The key that requests need; none while it is undefined. */
  key: string | undefined
  /** Answers a request for a completion that has the key. */
  reply: (response: ServerResponse) => void
  close(): void
}

/** Models that the server offers. */
export const servedModels = ['gpt-oss-120b', 'llama-3.3-70b']

/** Starts it at a free port; pages of any origin may ask it. */
export async function startOpenaiServer(): Promise<OpenaiServer> {
  const { port, close } = await listen((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*')
    if (request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type')
      response.writeHead(204).end()
      return
    }
    void text(request).then((body) => {
      const { url: path = '', headers } = request
      server.requests.push({ path, headers, body: body && JSON.parse(body) })
      const { key } = server
      if (key !== undefined && headers.authorization !== `Bearer ${key}`)
        sendJson(response, 401, {
          error: { message: 'Incorrect API key', code: 'invalid_api_key' },
        })
      else if (path === '/v1/models')
        sendJson(response, 200, { object: 'list', data: servedModels.map((id) => ({ id })) })
      else if (path === '/v1/chat/completions') server.reply(response)
      else sendJson(response, 404, { error: 'no such path' })
    })
  })
  const server: OpenaiServer = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    key: undefined,
    reply: (response) => sendStream(response, completion({ content: 'Hello' })),
    close,
  }
  return server
}

/** The events of a whole answer, one for each delta. */
export function completion(...deltas: object[]): string[] {
  const choices = deltas.map((delta) => ({ index: 0, delta, finish_reason: null }))
  const usage = { prompt_tokens: 8, completion_tokens: deltas.length, total_tokens: 9 }
  return [
    ...choices.map((choice) => event({ choices: [choice] })),
    event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    event({ choices: [], usage }),
    'data: [DONE]\n\n',
  ]
}

/** One event of a stream. */
export const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`

/** Begins a stream with these events, and ends it unless it is to stay open. */
export function sendStream(
  response: ServerResponse,
  events: readonly string[],
  { open = false } = {},
) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  for (const event of events) response.write(event)
  if (!open) response.end()
}

export function sendJson(response: ServerResponse, status: number, body: object) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
