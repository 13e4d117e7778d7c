import { afterEach, describe, expect, it, vi } from 'vitest'
import { EngineError, errorData } from '../engine/errors'
import type { ChatChunk, Engine, FinishReason, ModelInfo } from '../engine/index'
import { createEngineClient, type EngineClient } from './client'
import { engineHandlers, serve } from './serve'

const model = 'https://example.test/model/'
const modelInfo = { model, parameterCount: 7 } as ModelInfo

function chunk(content: string, finishReason: FinishReason | null = null): ChatChunk {
  return {
    object: 'chat.completion.chunk',
    id: 'answer',
    created: 0,
    model,
    choices: [{ index: 0, delta: { content }, finish_reason: finishReason }],
  }
}

const contentOf = (chunk: ChatChunk) => chunk.choices[0].delta.content
const finishOf = (chunk: ChatChunk | undefined) => chunk?.choices[0].finish_reason
const unused = (): never => {
  throw new Error('this test does not call it')
}

/** Resolves at the next macrotask, so that messages of other requests get their turn. */
const otherMessages = () => new Promise((resolve) => setTimeout(resolve))

const clients: EngineClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose()
})

const noEngine: Engine = {
  load: unused,
  download: unused,
  inspect: unused,
  assess: unused,
  checkDevice: unused,
  chat: unused,
  countTokens: unused,
  tokenTexts: unused,
  measure: unused,
  measureCopyRate: unused,
  storage: unused,
  persist: unused,
  listModels: unused,
  verify: unused,
  deleteWeights: unused,
}

const notNeeded = { done: 0, total: 0 }

/** Both ends over a MessageChannel. `ports` holds the client's end of every connection it made. */
function connect(engine: Partial<Engine>, persist?: Engine['persist']) {
  const ports: MessagePort[] = []
  const client = createEngineClient(() => {
    const { port1, port2 } = new MessageChannel()
    serve(port2, engineHandlers({ ...noEngine, ...engine }))
    ports.push(port1)
    return port1
  }, persist)
  clients.push(client)
  return { client, ports }
}

async function collect(stream: AsyncIterable<ChatChunk>): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

describe('the engine behind a port', () => {
  it('reports progress in order, then the result', async () => {
    const { client } = connect({
      async load(_request, options) {
        for (const done of [1, 2, 3]) {
          const download = { done, total: 3 }
          options?.onProgress?.({
            download,
            verify: notNeeded,
            upload: notNeeded,
            compile: notNeeded,
          })
        }
        return modelInfo
      },
    })
    const progress: number[] = []
    const loaded = await client.load(
      { model },
      { onProgress: ({ download }) => progress.push(download.done) },
    )
    expect(progress).toEqual([1, 2, 3])
    expect(loaded).toEqual(modelInfo)
  })

  it('hands parameters over unchanged', async () => {
    const deleteWeights = vi.fn(async () => ({ freedBytes: 12 }))
    const { client } = connect({ deleteWeights })
    expect(await client.deleteWeights(model)).toEqual({ freedBytes: 12 })
    expect(deleteWeights).toHaveBeenCalledWith(model)
  })

  it.each<{ name: Exclude<keyof Engine, 'load' | 'chat' | 'persist'>; params: unknown[] }>([
    { name: 'download', params: [{ model }] },
    { name: 'inspect', params: [{ model, contextTokens: 7 }] },
    { name: 'assess', params: [{ config: { model_type: 'gpt_oss' }, contextTokens: 7 }] },
    { name: 'checkDevice', params: [{ config: { model_type: 'gpt_oss' } }] },
    { name: 'countTokens', params: [{ messages: [{ role: 'user', content: 'hi' }] }] },
    { name: 'storage', params: [] },
    { name: 'listModels', params: [] },
    { name: 'verify', params: [{ model }] },
    { name: 'deleteWeights', params: [model] },
  ])('carries $name there and its result back', async ({ name, params }) => {
    const method = vi.fn(async (..._params: unknown[]) => ({ of: name }))
    const { client } = connect({ [name]: method })
    const call = client[name] as unknown as typeof method
    expect(await call(...params)).toEqual({ of: name })
    expect(method.mock.calls[0]?.slice(0, params.length)).toEqual(params)
  })

  it.each(['download', 'verify'] as const)(
    'carries the progress of %s, and its abort',
    async (name) => {
      const controller = new AbortController()
      const { client } = connect({
        async [name](
          _request: object,
          options: { onProgress?: (step: unknown) => void; signal?: AbortSignal },
        ) {
          for (let done = 1; !options.signal?.aborted; done++) {
            options.onProgress?.({ done, total: 9 })
            await otherMessages()
          }
          options.signal.throwIfAborted()
        },
      })
      const heard: unknown[] = []
      const onProgress = (step: unknown) => {
        heard.push(step)
        if (heard.length === 3) controller.abort()
      }
      const pending = client[name]({ model }, { onProgress, signal: controller.signal })
      await expect(pending).rejects.toMatchObject({ data: { code: 'cancelled' } })
      expect(heard.slice(0, 3)).toEqual([1, 2, 3].map((done) => ({ done, total: 9 })))
    },
  )

  it('leaves it to the page to ask for lasting storage', async () => {
    const persist = vi.fn(async () => true)
    const { client, ports } = connect({}, persist)
    expect(await client.persist()).toBe(true)
    expect(persist).toHaveBeenCalledOnce()
    expect(ports).toEqual([])
    expect(await connect({}).client.persist()).toBe(false)
  })

  it('streams every chunk once and in order, those of a burst included', async () => {
    const { client } = connect({
      async *chat() {
        for (let i = 0; i < 100; i++) {
          if (i % 10 === 0) await otherMessages()
          yield chunk(`${i} `)
        }
        yield chunk('', 'stop')
      },
    })
    const chunks = await collect(client.chat({ messages: [] }))
    const expected = Array.from({ length: 100 }, (_, i) => `${i} `).join('')
    expect(chunks.map(contentOf).join('')).toBe(expected)
    expect(finishOf(chunks.at(-1))).toBe('stop')
  })

  it('carries an abort to the engine and still delivers the last chunk', async () => {
    const { client } = connect({
      async *chat(_request, options) {
        while (!options?.signal?.aborted) {
          yield chunk('word ')
          await otherMessages()
        }
        yield chunk('', 'cancelled')
      },
    })
    const controller = new AbortController()
    const chunks: ChatChunk[] = []
    for await (const next of client.chat({ messages: [] }, { signal: controller.signal })) {
      chunks.push(next)
      if (chunks.length === 3) controller.abort()
    }
    expect(finishOf(chunks.at(-1))).toBe('cancelled')
  })

  it('carries an abort that came before the request', async () => {
    const { client } = connect({
      async load(_request, options) {
        await otherMessages()
        options?.signal?.throwIfAborted()
        return modelInfo
      },
    })
    const load = client.load({ model }, { signal: AbortSignal.abort() })
    await expect(load).rejects.toMatchObject({ data: { code: 'cancelled' } })
  })

  it('stops the engine when the reader leaves early', async () => {
    let stop = () => {}
    const stopped = new Promise<void>((resolve) => {
      stop = resolve
    })
    const { client } = connect({
      async *chat(_request, options) {
        options?.signal?.addEventListener('abort', stop)
        for (;;) {
          yield chunk('word ')
          await otherMessages()
          if (options?.signal?.aborted) return
        }
      },
    })
    for await (const _first of client.chat({ messages: [] })) break
    await stopped
  })

  it('keeps two streams apart', async () => {
    const { client } = connect({
      async *chat({ messages }) {
        for (let i = 0; i < 5; i++) {
          yield chunk(`${messages[0]?.content}${i}`)
          await otherMessages()
        }
      },
    })
    const ask = (content: string) =>
      collect(client.chat({ messages: [{ role: 'user', content }] })).then((c) => c.map(contentOf))
    const [a, b] = await Promise.all([ask('a'), ask('b')])
    expect(a).toEqual(['a0', 'a1', 'a2', 'a3', 'a4'])
    expect(b).toEqual(['b0', 'b1', 'b2', 'b3', 'b4'])
  })
})

describe('failures', () => {
  it('arrive as the same EngineError', async () => {
    const data = { code: 'file-missing', file: 'config.json', neededBy: 'the folder' } as const
    const { client } = connect({
      load: async () => {
        throw new EngineError(data)
      },
    })
    const failure = await client.load({ model }).catch((thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(EngineError)
    expect(errorData(failure)).toEqual(data)
  })

  it('arrive after the chunks that came before them', async () => {
    const { client } = connect({
      async *chat() {
        yield chunk('half an ')
        yield chunk('answer')
        throw new EngineError({ code: 'device-lost', reason: 'driver reset' })
      },
    })
    let text = ''
    const read = (async () => {
      for await (const next of client.chat({ messages: [] })) text += contentOf(next)
    })()
    await expect(read).rejects.toMatchObject({ data: { code: 'device-lost' } })
    expect(text).toBe('half an answer')
  })

  it('that nobody foresaw arrive as a bug with message and stack', async () => {
    const { client } = connect({
      load: async () => {
        throw new TypeError('layers is not iterable')
      },
    })
    const failure = errorData(await client.load({ model }).catch((thrown: unknown) => thrown))
    expect(failure.code).toBe('bug')
    expect(failure).toHaveProperty(
      'report',
      expect.stringMatching(/layers is not iterable[\s\S]*worker\.test\.ts/),
    )
  })

  it('include a result that cannot cross', async () => {
    const { client } = connect({
      load: async () => ({ ...modelInfo, model: (() => {}) as unknown as string }),
    })
    await expect(client.load({ model })).rejects.toMatchObject({ data: { code: 'bug' } })
  })

  it('include a request that cannot cross, and the next request still works', async () => {
    const { client } = connect({ deleteWeights: async () => ({ freedBytes: 1 }) })
    await expect(client.deleteWeights((() => {}) as unknown as string)).rejects.toThrow()
    expect(await client.deleteWeights(model)).toEqual({ freedBytes: 1 })
  })
})

describe('the end of the other side', () => {
  const never = new Promise<never>(() => {})

  it.each(['error', 'messageerror'])('%s fails all that is pending with a bug', async (event) => {
    const { client, ports } = connect({
      load: () => never,
      async *chat() {
        yield chunk('half')
        await never
      },
    })
    const load = client.load({ model }).catch(errorData)
    const stream = client.chat({ messages: [] })[Symbol.asyncIterator]()
    expect(contentOf((await stream.next()).value)).toBe('half')
    const rest = stream.next().catch(errorData)

    ports[0]?.dispatchEvent(new Event(event))

    expect(await load).toMatchObject({ code: 'bug', report: expect.stringContaining('worker') })
    expect(await rest).toMatchObject({ code: 'bug' })
  })

  it('is followed by a new start at the next request', async () => {
    const { client, ports } = connect({ load: async () => modelInfo })
    await client.load({ model })
    ports[0]?.dispatchEvent(new Event('error'))
    expect(await client.load({ model })).toEqual(modelInfo)
    expect(ports).toHaveLength(2)
  })

  it('by dispose cancels what is pending', async () => {
    const { client } = connect({ load: () => never })
    const load = client.load({ model }).catch(errorData)
    client.dispose()
    expect(await load).toEqual({ code: 'cancelled' })
  })
})
