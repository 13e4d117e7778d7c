import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChatChunk, ChatDelta, ChatRequest } from '../../engine/index'
import { listen } from '../../engine/testing/http-server'
import {
  completion,
  event,
  type OpenaiServer,
  sendJson,
  sendStream,
  servedModels,
  startOpenaiServer,
} from '../../engine/testing/openai-server'
import { createTestClock } from '../../engine/testing/test-clock'
import type { RemoteChunk } from './client'
import { createRemoteClient, type RemoteEnvironment } from './client'
import type { Endpoint } from './endpoint'
import { RemoteError, type RemoteErrorData } from './errors'

let server: OpenaiServer

beforeEach(async () => {
  server = await startOpenaiServer()
})

afterEach(() => server.close())

const question: ChatRequest = { messages: [{ role: 'user', content: 'hi' }] }

function client(environment: Partial<RemoteEnvironment> = {}) {
  const { setTimer, now } = createTestClock()
  const pageOrigin = 'http://page.example'
  return createRemoteClient({ fetch, setTimer, now, pageOrigin, ...environment })
}

const endpoint = (changes: Partial<Endpoint> = {}): Endpoint => ({
  id: 'e',
  name: 'box',
  baseUrl: `${server.url}/v1`,
  key: '',
  model: 'gpt-oss-120b',
  isConfirmed: true,
  ...changes,
})

/** All chunks of an answer, and what they say together. */
async function collect(chunks: AsyncIterable<ChatChunk>) {
  const all: ChatChunk[] = []
  for await (const chunk of chunks) all.push(chunk)
  const together = (field: 'content' | 'reasoning') =>
    all.map(({ choices }) => choices[0].delta[field] ?? '').join('')
  const last = all.at(-1)
  return {
    content: together('content'),
    reasoning: together('reasoning'),
    deltas: all.map(({ choices }) => choices[0].delta),
    finish: last?.choices[0].finish_reason,
    last,
  }
}

const ask = (changes?: Partial<Endpoint>, request = question) =>
  collect(client().chat(endpoint(changes), request))

/** What an answer fails with, and how much of it came before. */
async function failure(chunks: AsyncIterable<ChatChunk>) {
  let content = ''
  try {
    for await (const { choices } of chunks) content += choices[0].delta.content ?? ''
  } catch (thrown) {
    if (!(thrown instanceof RemoteError)) throw thrown
    return { ...thrown.data, content }
  }
  throw new Error('it did not fail')
}

describe('an answer', () => {
  it('comes in pieces, with its reasoning, its end and its figures', async () => {
    let clock = 0
    server.reply = (response) =>
      sendStream(
        response,
        completion({ reasoning_content: 'hm' }, { content: 'Hel' }, { content: 'lo' }),
      )
    const answer = await collect(client({ now: () => (clock += 100) }).chat(endpoint(), question))
    expect(answer).toMatchObject({ reasoning: 'hm', content: 'Hello', finish: 'stop' })
    expect(answer.last).toMatchObject({
      usage: { prompt_tokens: 8, completion_tokens: 3, total_tokens: 11, cached_tokens: 0 },
      timings: { firstTokenMs: 100, decodeMs: 200, decodeTokensPerSecond: 10 },
    })
  })

  it.each<{ sent: object; because: string }>([
    { sent: { reasoning_content: 'hm' }, because: 'vLLM, llama.cpp and DeepSeek call it so' },
    { sent: { reasoning: 'hm' }, because: 'Ollama, OpenRouter and newer vLLM call it so' },
    { sent: { reasoning: 'hm', reasoning_content: 'hm' }, because: 'some send both, alike' },
    { sent: { reasoning: 'hm', content: null, tool_calls: null }, because: 'null is nothing' },
  ])('has reasoning from $sent: $because', async ({ sent }) => {
    server.reply = (response) => sendStream(response, completion(sent, { content: 'Hi' }))
    expect(await ask()).toMatchObject({ reasoning: 'hm', content: 'Hi' })
  })

  it('may call tools', async () => {
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'clock' } }
    server.reply = (response) =>
      sendStream(response, [
        event({ choices: [{ index: 0, delta: { tool_calls: [call] } }] }),
        event({
          choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: '{}' } }] } }],
        }),
        event({ choices: [{ delta: {}, finish_reason: 'tool_calls' }] }),
        'data: [DONE]\n\n',
      ])
    const { deltas, finish } = await ask()
    expect(deltas.slice(0, 2)).toEqual<ChatDelta[]>([
      { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'clock' } }] },
      { tool_calls: [{ index: 0, type: 'function', function: { arguments: '{}' } }] },
    ])
    expect(finish).toBe('tool_calls')
  })

  it('is the same wherever the network cuts the stream', async () => {
    const deltas = [{ reasoning: 'früh' }, { content: '北京 ' }, { content: '👩‍🔬\n' }]
    const bytes = new TextEncoder().encode(
      `: a comment\r\n\r\n${completion(...deltas).join('')}`.replaceAll('\n\n', '\r\n\r\n'),
    )
    for (let cut = 0; cut <= bytes.length; cut++) {
      const pieces = new ReadableStream({
        start(controller) {
          controller.enqueue(bytes.slice(0, cut))
          controller.enqueue(bytes.slice(cut))
          controller.close()
        },
      })
      const headers = { 'Content-Type': 'text/event-stream; charset=utf-8' }
      const answered = client({ fetch: async () => new Response(pieces, { headers }) })
      expect(await collect(answered.chat(endpoint(), question)), `cut at ${cut}`).toMatchObject({
        reasoning: 'früh',
        content: '北京 👩‍🔬\n',
        finish: 'stop',
      })
    }
  })

  it('is understood byte by byte', async () => {
    const events = completion({ content: 'schön' }, { content: ' 🙂' }).join('')
    server.reply = async (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.socket?.setNoDelay(true)
      for (const byte of new TextEncoder().encode(events))
        await new Promise((resolve) => response.write(Uint8Array.of(byte), resolve))
      response.end()
    }
    expect((await ask()).content).toBe('schön 🙂')
  })

  it('is understood without a stream', async () => {
    server.reply = (response) =>
      sendJson(response, 200, {
        choices: [
          {
            message: { role: 'assistant', reasoning: 'hm', content: 'Hello' },
            finish_reason: 'length',
          },
        ],
        usage: { prompt_tokens: 3, completion_tokens: 2 },
      })
    const { content, reasoning, finish, last } = await ask()
    expect({ content, reasoning, finish }).toEqual({
      content: 'Hello',
      reasoning: 'hm',
      finish: 'length',
    })
    expect(last?.usage).toMatchObject({ total_tokens: 5 })
    // It came at once: nobody knows how fast it was written.
    expect(last?.timings).toBeUndefined()
  })

  it('ends with cancelled, and the connection with it, when it is aborted', async () => {
    const closed = new Promise<void>((resolve) => {
      server.reply = (response) => {
        response.on('close', resolve)
        sendStream(response, [event({ choices: [{ delta: { content: 'Hel' } }] })], { open: true })
      }
    })
    const controller = new AbortController()
    const chunks = client().chat(endpoint(), question, { signal: controller.signal })
    const first = await chunks.next()
    expect(first.value?.choices[0].delta.content).toBe('Hel')
    controller.abort()
    const last = await chunks.next()
    expect(last.value?.choices[0].finish_reason).toBe('cancelled')
    expect((await chunks.next()).done).toBe(true)
    await closed
  })

  it('has no way into the page’s own objects', async () => {
    const hostile = '{"choices":[{"delta":{"__proto__":{"polluted":1},"content":"x"},"index":0}]}'
    server.reply = (response) => sendStream(response, [`data: ${hostile}\n\n`, 'data: [DONE]\n\n'])
    const { deltas } = await ask()
    expect(deltas[0]).toEqual({ content: 'x' })
    expect(Object.keys({}.constructor.prototype)).toEqual([])
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('a request', () => {
  it('says what OpenAI’s API asks for, and no more', async () => {
    await ask(
      { key: 'sk-1' },
      {
        messages: [
          { role: 'developer', content: 'Be brief' },
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: 'Hello', reasoning: 'a greeting', commentary: 'Well' },
          { role: 'user', content: 'again' },
        ],
        reasoning_effort: 'high',
        temperature: 1,
        current_date: '2026-01-01',
      },
    )
    expect(server.requests).toHaveLength(1)
    const [request] = server.requests
    expect(request?.headers.authorization).toBe('Bearer sk-1')
    expect(request?.headers).not.toHaveProperty('referer')
    expect(request?.body).toEqual({
      model: 'gpt-oss-120b',
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'Well\n\nHello' },
        { role: 'user', content: 'again' },
      ],
      reasoning_effort: 'high',
      temperature: 1,
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  it('has no key where there is none', async () => {
    await ask()
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('is made again without the effort for a model that cannot reason', async () => {
    const answers = [
      (response: ServerResponse) =>
        sendJson(response, 400, { error: { message: '"llama3.1:8b" does not support thinking' } }),
      (response: ServerResponse) => sendStream(response, completion({ content: 'Hi' })),
    ]
    server.reply = (response) => answers.shift()?.(response)
    const chunks: RemoteChunk[] = []
    const asked = client().chat(endpoint(), { ...question, reasoning_effort: 'low' })
    for await (const chunk of asked) chunks.push(chunk)
    expect(chunks.map(({ choices }) => choices[0].delta.content ?? '').join('')).toBe('Hi')
    expect(chunks.every(({ withoutEffort }) => withoutEffort)).toBe(true)
    const efforts = server.requests.map(({ body }) => Object.keys(body as object))
    expect(efforts[0]).toContain('reasoning_effort')
    expect(efforts[1]).not.toContain('reasoning_effort')
  })
})

describe('an answer fails', () => {
  const host = () => new URL(server.url).host

  it('where nobody answers', async () => {
    server.close()
    expect(await failure(client().chat(endpoint(), question))).toMatchObject({
      code: 'remote-unreachable',
      host: host(),
      pageOrigin: 'http://page.example',
    })
  })

  it('where nobody answers an encrypted page without encryption', async () => {
    const baseUrl = 'http://gpu-box.invalid/v1'
    const asked = client({ pageOrigin: 'https://page.example' })
    expect(await failure(asked.chat(endpoint({ baseUrl }), question))).toMatchObject({
      code: 'remote-mixed-content',
      host: 'gpu-box.invalid',
    })
  })

  it('rather than follow a redirect with the chat and the key', async () => {
    let asked = 0
    const elsewhere = await listen((_, response) => {
      asked++
      response.end()
    })
    server.reply = (response) =>
      response.writeHead(307, { Location: `http://127.0.0.1:${elsewhere.port}/` }).end()
    expect(await failure(client().chat(endpoint(), question))).toMatchObject({
      code: 'remote-unreachable',
    })
    expect(asked).toBe(0)
    elsewhere.close()
  })

  it.each<{ status: number; body: string; data: Partial<RemoteErrorData> }>([
    {
      status: 401,
      body: '{"error":{"message":"Incorrect API key"}}',
      data: {
        code: 'remote-unauthorized',
        status: 401,
        hasKey: true,
        message: 'Incorrect API key',
      },
    },
    {
      status: 403,
      body: '{"message":"not for you"}',
      data: { code: 'remote-unauthorized', status: 403, message: 'not for you' },
    },
    {
      status: 404,
      body: '{"error":"model not found"}',
      data: { code: 'remote-not-found', model: 'gpt-oss-120b', message: 'model not found' },
    },
    {
      status: 429,
      body: '{"detail":"slow down"}',
      data: { code: 'remote-overloaded', message: 'slow down' },
    },
    {
      status: 503,
      body: '{"error":{"code":503,"message":"Loading model"}}',
      data: { code: 'remote-status', status: 503, message: 'Loading model' },
    },
    {
      status: 500,
      body: `out\u0000 of\n\n\u202Ememory ${'x'.repeat(1000)}`,
      data: { code: 'remote-status', status: 500, message: `out of memory ${'x'.repeat(285)}…` },
    },
    { status: 500, body: 'x'.repeat(200_000), data: { code: 'remote-status', message: '' } },
  ])('with status $status and what the server says of it', async ({ status, body, data }) => {
    server.reply = (response) => response.writeHead(status).end(body)
    expect(await failure(client().chat(endpoint({ key: 'sk' }), question))).toMatchObject(data)
  })

  it('with a web page’s status, without the page', async () => {
    server.reply = (response) =>
      response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad gateway</h1>')
    expect(await failure(client().chat(endpoint(), question))).toMatchObject({
      code: 'remote-status',
      message: '',
    })
  })

  it('when the server is silent for too long, which each byte puts off', async () => {
    let write = (_: string) => {}
    server.reply = (response) => {
      write = (text) => response.write(text)
      sendStream(response, [event({ choices: [{ delta: { content: 'a' } }] })], { open: true })
    }
    const timers: { ring: () => void; isStopped: boolean }[] = []
    const { chat } = client({
      setTimer(_, ring) {
        const timer = { ring, isStopped: false }
        timers.push(timer)
        return () => {
          timer.isStopped = true
        }
      },
    })
    const chunks = chat(endpoint(), question)
    await chunks.next()
    const before = timers.at(-1)
    const second = chunks.next()
    write(event({ choices: [{ delta: { content: 'b' } }] }))
    expect((await second).value?.choices[0].delta.content).toBe('b')
    expect(before?.isStopped).toBe(true)

    const third = chunks.next()
    timers.at(-1)?.ring()
    await expect(third).rejects.toMatchObject({
      data: { code: 'remote-stalled', host: host(), silentMs: 300_000 },
    })
  })

  it.each<{ name: string; sent: string[]; data: Partial<RemoteErrorData> }>([
    {
      name: 'a chunk is no JSON',
      sent: ['data: {"choices":[{"del\n\n'],
      data: { code: 'remote-malformed', problem: 'not-protocol', excerpt: '{"choices":[{"del' },
    },
    {
      name: 'a chunk is something else',
      sent: ['data: {"foo":1}\n\n'],
      data: { code: 'remote-malformed', problem: 'not-protocol', excerpt: '{"foo":1}' },
    },
    {
      name: 'a line is no event’s',
      sent: ['Traceback (most recent call last)\n'],
      data: { code: 'remote-malformed', excerpt: 'Traceback (most recent call last)' },
    },
    {
      name: 'a line has no end',
      sent: [`data: ${'x'.repeat(1_100_000)}`],
      data: { code: 'remote-malformed', problem: 'too-long', excerpt: '' },
    },
    {
      name: 'the server gives up',
      sent: ['data: {"error":{"message":"CUDA out of memory","code":500}}\n\n'],
      data: { code: 'remote-failed', message: 'CUDA out of memory' },
    },
    {
      name: 'the server gives up without an event',
      sent: ['{"error":"model runner has stopped"}\n'],
      data: { code: 'remote-failed', message: 'model runner has stopped' },
    },
    {
      name: 'it ends without an end',
      sent: [],
      data: { code: 'remote-cut-off' },
    },
  ])('when $name, and keeps what came before', async ({ sent, data }) => {
    const begun = event({ choices: [{ delta: { content: 'half' } }] })
    server.reply = (response) => sendStream(response, [begun, ...sent])
    expect(await failure(client().chat(endpoint(), question))).toMatchObject({
      ...data,
      host: host(),
      content: 'half',
    })
  })

  it('when the connection breaks', async () => {
    server.reply = (response) => {
      sendStream(response, [event({ choices: [{ delta: { content: 'half' } }] })], { open: true })
      setImmediate(() => response.destroy())
    }
    expect(await failure(client().chat(endpoint(), question))).toMatchObject({
      code: 'remote-cut-off',
    })
  })

  it('when it is longer than any answer', async () => {
    const megabyte = event({ choices: [{ delta: { content: 'x'.repeat(900_000) } }] })
    server.reply = (response) => sendStream(response, Array(10).fill(megabyte))
    expect(await failure(client().chat(endpoint(), question))).toMatchObject({
      code: 'remote-malformed',
      problem: 'too-long',
    })
  })

  it('when a web page comes in its place', async () => {
    server.reply = (response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><p>Sign in')
    expect(await failure(client().chat(endpoint(), question))).toMatchObject({
      code: 'remote-malformed',
      problem: 'web-page',
      excerpt: '',
    })
  })
})

describe('the list of models', () => {
  it('is the server’s', async () => {
    expect(await client().models(endpoint())).toEqual(servedModels)
  })

  it('needs the key', async () => {
    server.key = 'sk-1'
    await expect(client().models(endpoint({ key: 'sk-2' }))).rejects.toMatchObject({
      data: { code: 'remote-unauthorized', hasKey: true },
    })
    expect(await client().models(endpoint({ key: 'sk-1' }))).toEqual(servedModels)
  })

  it('is refused where it is none', async () => {
    const elsewhere = await listen((_, response) => sendJson(response, 200, { models: [] }))
    const baseUrl = `http://127.0.0.1:${elsewhere.port}/v1`
    await expect(client().models(endpoint({ baseUrl }))).rejects.toMatchObject({
      data: { code: 'remote-malformed', excerpt: '{"models":[]}' },
    })
    elsewhere.close()
  })
})
