import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LoadProgress, ModelInfo } from './api'
import type { EngineEnvironment } from './engine'
import type { ChatChunk, ChatMessage, ChatRequest, ChatTool } from './openai/types'
import { evalCase } from './testing/golden'
import { limitedGpu } from './testing/limited-gpu'
import { failure, jsonFile, utf8 } from './testing/memory-source'
import {
  miniBytes,
  miniConfig,
  miniFiles,
  miniGguf,
  miniModel as model,
  openPlace as openPlaceWithoutGpu,
  pickFiles,
  type Served,
} from './testing/place'
import { deferred } from './turns'

const firstShard = 'model-00001-of-00002.safetensors'

/** What the tensors of the mini model take in its files. */
const tensorBytes = 1_627_488

/** A place with a GPU, of whose memory a test decides, and whose devices it sees. */
function openPlace(environment: Partial<EngineEnvironment> = {}) {
  const devices: GPUDevice[] = []
  const room = { bytes: Number.POSITIVE_INFINITY }
  const place = openPlaceWithoutGpu({ gpu: limitedGpu(room, devices), ...environment })
  return { ...place, devices, room }
}

/** An answer's chunks put together. */
interface Answer {
  reasoning: string
  content: string
  commentary: string
  calls: { name: string; arguments: string }[]
  chunks: ChatChunk[]
  last: ChatChunk
}

async function collect(chunks: AsyncIterable<ChatChunk>): Promise<Answer> {
  const all: ChatChunk[] = []
  const text = { reasoning: '', content: '', commentary: '' }
  const calls: Answer['calls'] = []
  for await (const chunk of chunks) {
    all.push(chunk)
    const { delta } = chunk.choices[0]
    for (const field of ['reasoning', 'content', 'commentary'] as const)
      text[field] += delta[field] ?? ''
    for (const { index, function: called } of delta.tool_calls ?? []) {
      calls[index] ??= { name: '', arguments: '' }
      const call = calls[index]
      call.name += called.name ?? ''
      call.arguments += called.arguments ?? ''
    }
  }
  return { ...text, calls, chunks: all, last: all.at(-1) as ChatChunk }
}

const user = (content: string): ChatMessage => ({ role: 'user', content })
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content })

/** A request that is answered the same on every day and device. */
const greedy = (messages: readonly ChatMessage[], more: Partial<ChatRequest> = {}) => ({
  messages,
  temperature: 0,
  current_date: '2025-06-28',
  ...more,
})

/** Answers in a sentence, without reasoning. */
const france = greedy([user('What is the capital of France?')], { reasoning_effort: 'low' })
const paris = 'The capital of France is Paris.'

const weather: ChatTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Get the weather.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
    },
  },
}

/** What an earlier visit found, and not what a device of this kind is likeliest to do best with. */
const kernels = {
  'dense tile': 'workgroup memory',
  'expert tile': 'workgroup memory',
  attention: 'workgroup memory',
}
const home = openPlace({
  tuning: { get: async () => kernels, set: async () => expect.unreachable() },
})
const { engine } = home
const ask = (request: ChatRequest) => collect(engine.chat(request))
const progress: LoadProgress[] = []
let info: ModelInfo

beforeAll(async () => {
  info = await engine.load(
    { model, contextTokens: 512 },
    { onProgress: (step) => progress.push(step) },
  )
})
afterAll(() => {
  for (const device of home.devices) device.destroy()
})

describe('a first load', () => {
  it('downloads, uploads and compiles, and counts each to its end', () => {
    for (const phase of ['download', 'upload', 'compile'] as const) {
      const counts = progress.map((step) => step[phase]).filter(({ total }) => total > 0)
      expect(new Set(counts.map(({ done }) => done)).size, phase).toBeGreaterThan(1)
      expect(counts.at(-1)?.done, phase).toBe(counts[0]?.total)
      expect(
        counts.map(({ done }) => done),
        phase,
      ).toEqual(counts.map(({ done }) => done).sort((a, b) => a - b))
    }
    const last = progress.at(-1) as LoadProgress
    expect(last.download.total).toBe(miniBytes())
    expect(last.upload.total).toBe(tensorBytes)
    expect(last.verify).toEqual({ done: 0, total: 0 }) // this server publishes no hashes
    expect(progress.some(({ obstacle }) => obstacle)).toBe(false)
  })

  it('says what was loaded', async () => {
    expect(info).toMatchObject({
      model,
      config: { numHiddenLayers: 4, numLocalExperts: 8, vocabSize: 1536 },
      parameterCount: 1_391_280,
      format: 'safetensors',
      contextTokens: 512,
      fromStorage: false,
      isStored: true,
      kernels,
      weightHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    // On the GPU vectors are wider than in the files.
    expect(info.weightBytes).toBeGreaterThan(tensorBytes)
    expect(info.adapter.description).not.toBe('')
  })
})

describe('a chat', () => {
  it('streams the reasoning, then the answer, then how it went', async () => {
    const expected = evalCase('mini-showcase-05')
    const answer = await ask(greedy([user('What is 437 + 58?')], { reasoning_effort: 'high' }))
    expect(answer.reasoning).toContain('units: 7+8=15 write 5 carry 1')
    expect(answer.content).toBe('437 + 58 = 495')

    const fields = answer.chunks.flatMap(({ choices: [{ delta }] }) =>
      Object.keys(delta).filter((field) => field !== 'role'),
    )
    expect(fields.lastIndexOf('reasoning')).toBeLessThan(fields.indexOf('content'))
    expect(answer.chunks[0]?.choices[0].delta.role).toBe('assistant')
    const ends = answer.chunks.map(({ choices: [{ finish_reason }] }) => finish_reason)
    expect(ends.slice(0, -1).every((end) => end === null)).toBe(true)

    const { choices, usage, timings, seed, repairs } = answer.last
    expect(choices[0].finish_reason).toBe('stop')
    expect(usage?.prompt_tokens).toBe(expected.prompt_tokens.length)
    expect(usage?.completion_tokens).toBe(expected.tokens.length)
    expect(usage?.reasoning_tokens).toBeGreaterThan(100)
    expect(seed).toBeGreaterThanOrEqual(0)
    expect(repairs).toBeUndefined()
    for (const [name, value] of Object.entries(timings ?? {}))
      expect(value, name).toBeGreaterThan(0)
  })

  it('has as many prompt tokens as are counted beforehand', async () => {
    for (const request of [france, greedy([user('What is the weather?')], { tools: [weather] })]) {
      const count = await engine.countTokens(request)
      expect((await ask(request)).last.usage?.prompt_tokens).toBe(count)
    }
    // Two prompts differ by what their texts differ by, special tokens in a text being text.
    const empty = await engine.countTokens(greedy([user('')]))
    const text = '<|end|> is no end: 437 + 58, café'
    expect(await engine.countTokens(text)).toBeGreaterThan(10)
    expect(await engine.countTokens(greedy([user(text)]))).toBe(
      empty + (await engine.countTokens(text)),
    )
    expect(await failure(engine.countTokens({ messages: [] }))).toMatchObject({
      code: 'request-invalid',
    })
  })

  it('remembers what was said before, and computes only what is new', async () => {
    const first = [user('My name is Anna.')]
    const { content: reply } = await ask(greedy(first))
    expect(reply).toBe('Nice to meet you, Anna!')
    const second = await ask(greedy([...first, assistant(reply), user('What is my name?')]))
    expect(second.content).toBe('Your name is Anna.')
    expect(second.last.usage?.cached_tokens).toBeGreaterThan(70)
  })

  it('goes on computing after its end, for the next message, until that comes', async () => {
    const queue = home.devices.at(-1)?.queue as GPUQueue
    const { promise: submitted, resolve } = deferred<void>()
    for await (const chunk of engine.chat(greedy([user('My name is Anna.')]))) {
      if (chunk.choices[0].finish_reason === null) continue
      queue.submit = (commands) => {
        Reflect.deleteProperty(queue, 'submit')
        queue.submit(commands)
        resolve()
      }
    }
    await submitted
    expect((await ask(france)).content).toBe(paris)
  })

  it('calls a tool, and answers with its result', async () => {
    const question = user('What is the weather in Paris?')
    const asked = await ask(greedy([question], { tools: [weather] }))
    expect(asked.last.choices[0].finish_reason).toBe('tool_calls')
    expect(asked.content).toBe('')
    const [call] = asked.calls
    expect(call?.name).toBe('get_weather')
    expect(JSON.parse(call?.arguments ?? '')).toEqual({ city: 'Paris' })

    const called: ChatMessage = {
      role: 'assistant',
      content: '',
      reasoning: asked.reasoning,
      tool_calls: [{ id: 'call_0', type: 'function', function: call as Answer['calls'][0] }],
    }
    const result: ChatMessage = {
      role: 'tool',
      tool_call_id: 'call_0',
      content: '{"temperature": 21, "sky": "sunny"}',
    }
    const answered = await ask(greedy([question, called, result], { tools: [weather] }))
    expect(answered.last.choices[0].finish_reason).toBe('stop')
    expect(answered.content).toContain('21')
  })

  it('ends when the signal is aborted, and the next is as if nothing had been', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const begun: ChatChunk[] = []
    for await (const chunk of engine.chat(greedy([user('What is 437 + 58?')]), { signal })) {
      begun.push(chunk)
      if (begun.length === 5) controller.abort()
    }
    expect(begun.at(-1)?.choices[0].finish_reason).toBe('cancelled')
    expect(begun.at(-1)?.usage?.completion_tokens).toBeLessThan(12)

    const unbegun = await collect(engine.chat(france, { signal }))
    expect(unbegun.chunks).toHaveLength(1)
    expect(unbegun.last.choices[0].finish_reason).toBe('cancelled')
    expect((await ask(france)).content).toBe(paris)
  })

  it('frees the engine when nobody listens to its end', async () => {
    for await (const chunk of engine.chat(greedy([user('What is 437 + 58?')])))
      if (chunk.choices[0].delta.reasoning) break
    expect((await ask(france)).content).toBe(paris)
  })

  it('waits for the one before', async () => {
    const ends: string[] = []
    const answers = await Promise.all(
      [greedy([user('27+36')], { reasoning_effort: 'low' }), france].map(async (request) => {
        const answer = await ask(request)
        ends.push(answer.content)
        return answer
      }),
    )
    expect(answers.map(({ content }) => content)).toEqual(['27 + 36 = 63', paris])
    expect(ends).toEqual(['27 + 36 = 63', paris])
  })

  it('that is aborted while it waits ends at once', async () => {
    const controller = new AbortController()
    const first = engine.chat(greedy([user('What is 437 + 58?')]))[Symbol.asyncIterator]()
    await first.next()
    const waiting = collect(engine.chat(france, { signal: controller.signal }))
    controller.abort()
    // The first one goes no further: nobody listens to it now.
    expect((await waiting).last.choices[0].finish_reason).toBe('cancelled')
    await first.return?.()
  })

  it('goes on while other models are downloaded side by side', async () => {
    const place = home
    const others = ['https://models.example/a', 'https://models.example/b']
    let isChatting = true
    const chat = ask(greedy([user('What is 437 + 58?')])).finally(() => {
      isChatting = false
    })
    const downloads = others.map(async (other) => {
      const { completedAt } = await place.engine.download({ model: other })
      return { completedAt, isChatting }
    })
    for (const download of await Promise.all(downloads)) {
      expect(download).toEqual({ completedAt: expect.any(Number), isChatting: true })
    }
    expect((await chat).content).toBe('437 + 58 = 495')
    for (const other of others) await place.engine.deleteWeights(other)
  })

  it('tells what an answer takes to be made again: date, prompt, seed and every token', async () => {
    const random: ChatRequest = {
      messages: [user('What is the capital of France?')],
      temperature: 1,
      return_token_ids: true,
    }
    const tokensOf = ({ chunks }: Answer) =>
      chunks.flatMap(({ choices }) => choices[0].token_ids ?? [])
    const first = await ask(random)
    const [{ prompt_token_ids: prompt, current_date = '' } = {}] = first.chunks
    const { seed, usage } = first.last
    expect(tokensOf(first)).toHaveLength(usage?.completion_tokens ?? 0)
    expect(prompt).toHaveLength(usage?.prompt_tokens ?? 0)
    expect(current_date).toMatch(/^\d{4}-\d\d-\d\d$/)

    const again = await ask({ ...random, current_date, ...(seed !== undefined && { seed }) })
    expect(tokensOf(again)).toEqual(tokensOf(first))
    expect(again.chunks[0]?.prompt_token_ids).toEqual(prompt)

    const texts = await engine.tokenTexts(tokensOf(first))
    expect(texts.join('')).toContain(first.content)
    expect(texts.at(-1)).toBe('<|return|>')
    expect((await ask({ ...france, max_tokens: 1 })).chunks[0]).not.toHaveProperty(
      'prompt_token_ids',
    )
  })

  it('gives the same text for the same seed, and tells a seed that it drew', async () => {
    const random = (seed?: number): ChatRequest => ({
      ...france,
      temperature: 5,
      max_tokens: 24,
      ...(seed !== undefined && { seed }),
    })
    const textOf = ({ chunks }: Answer) => chunks.map(({ choices: [{ delta }] }) => delta)
    const seven = textOf(await ask(random(7)))
    expect(textOf(await ask(random(7)))).toEqual(seven)
    expect(textOf(await ask(random(8)))).not.toEqual(seven)

    const drawn = await ask(random())
    expect(textOf(await ask(random(drawn.last.seed)))).toEqual(textOf(drawn))
  })

  it('ends after max_tokens', async () => {
    const { last } = await ask({ ...france, max_tokens: 3 })
    expect(last.choices[0].finish_reason).toBe('length')
    expect(last.usage?.completion_tokens).toBe(3)
  })

  it('ends before a stop string, and the next answer is not touched by it', async () => {
    const stopped = await ask({ ...france, stop: ['of Fr', 'Paris'] })
    expect(stopped.content).toBe(paris.slice(0, paris.indexOf('of Fr')))
    expect(stopped.last.choices[0].finish_reason).toBe('stop')
    expect((await ask(france)).content).toBe(paris)
  })

  it.each([
    { change: { stop: ['a', ''] }, problem: 'stop has an entry that is no text or is empty' },
    { change: { max_tokens: 0 }, problem: 'max_tokens is 0; it must be a whole number' },
    { change: { max_tokens: 2.5 }, problem: 'max_tokens is 2.5; it must be a whole number' },
    { change: { temperature: -1 }, problem: 'temperature is -1; it must be from 0 to 100' },
    { change: { messages: [] }, problem: 'messages is not a list of messages' },
  ])('is refused when $problem', async ({ change, problem }) => {
    expect(await failure(ask({ ...france, ...change }))).toMatchObject({
      code: 'request-invalid',
      problem: expect.stringContaining(problem),
    })
    expect((await ask(france)).content).toBe(paris)
  })
})

describe('a measurement', () => {
  it('is of the loaded model, and the next answer is not touched by it', async () => {
    const measured = await engine.measure({
      contextTokens: 60,
      promptTokens: 20,
      decodedTokens: 3,
      seed: 1,
    })
    expect(measured.firstTokenMs).toBeGreaterThan(0)
    expect(measured.token?.dispatches).toBeGreaterThan(10)
    expect((await ask(france)).content).toBe(paris)
  })
})

describe('a device that goes away', () => {
  it('ends the chat; then there is no model until it is loaded again, without a request', async () => {
    let chunks = 0
    const losing = async () => {
      for await (const _ of engine.chat(greedy([user('What is 437 + 58?')])))
        if (++chunks === 5) home.devices.at(-1)?.destroy()
    }
    expect(await failure(losing())).toMatchObject({ code: 'device-lost' })
    expect(chunks).toBeGreaterThanOrEqual(5)
    expect(await failure(ask(france))).toEqual({ code: 'model-not-loaded' })
    expect(await failure(engine.countTokens('hello'))).toEqual({ code: 'model-not-loaded' })
    expect(await failure(engine.measureCopyRate())).toEqual({ code: 'model-not-loaded' })

    home.requests.length = 0
    const again = await engine.load({ model, contextTokens: 100 })
    expect(again).toMatchObject({ fromStorage: true, isStored: true, contextTokens: 100 })
    expect(home.requests).toEqual([])
    expect((await ask(france)).content).toBe(paris)
  })

  it('and the small context that it came back with fills up', async () => {
    const { last } = await ask(greedy([user('What is 437 + 58?')]))
    expect(last.choices[0].finish_reason).toBe('length')
    expect(last.usage?.total_tokens).toBe(101) // the last token needs no place
    const long = greedy([user('What is 437 + 58? '.repeat(10))])
    expect(await failure(ask(long))).toEqual({
      code: 'context-full',
      contextTokens: 100,
      neededTokens: expect.toSatisfy((tokens: number) => tokens > 150),
    })
    expect((await ask(france)).content).toBe(paris)
  })
})

describe('storage that refuses', () => {
  it('is done without, and the model replaces the one before', async () => {
    const before = home.devices.at(-1) as GPUDevice
    home.storage.isRefused = true
    const other = 'https://models.example/other'
    const info = await engine.load({ model: other, contextTokens: 128 })
    expect(info).toMatchObject({ model: other, fromStorage: false, isStored: false })
    expect((await before.lost).reason).toBe('destroyed')
    const { content, last } = await ask(france)
    expect(content).toBe(paris)
    expect(last.model).toBe(other)
  })
})

describe('a GGUF on a server', () => {
  it('is loaded while it is downloaded, and answers as the folder does', async () => {
    const place = openPlace()
    for (const [name, bytes] of miniGguf()) place.files.set(name, bytes)
    const gguf = 'https://models.example/mini.gguf'
    const info = await place.engine.load({ model: gguf, contextTokens: 128 })
    expect(info).toMatchObject({ model: gguf, format: 'gguf', fromStorage: false, isStored: true })
    expect(info.parameterCount).toBe(1_391_280)
    expect((await collect(place.engine.chat(france))).content).toBe(paris)
    expect(new Set(place.requests)).toEqual(new Set(['mini.gguf']))
  })
})

describe('a load that fails on the GPU', () => {
  it('tells the figures of the plan, leaves storage as it is, and works when there is room', async () => {
    const { engine, room, devices, requests } = openPlace()
    await engine.download({ model })
    requests.length = 0
    room.bytes = 100_000
    const plan = await engine.assess({ config: miniConfig(), contextTokens: 256 })
    expect(plan.verdict).toEqual({ fit: 'unknown' })
    expect(await failure(engine.load({ model, contextTokens: 256 }))).toEqual({
      code: 'device-out-of-memory',
      contextTokens: 256,
      weightBytes: plan.weightBytes,
      kvCacheBytes: plan.kvCacheBytes,
      scratchBytes: plan.scratchBytes,
      totalBytes: plan.totalBytes,
    })
    expect((await devices.at(-1)?.lost)?.reason).toBe('destroyed')
    expect(await failure(collect(engine.chat(france)))).toEqual({ code: 'model-not-loaded' })
    const [stored] = await engine.listModels()
    expect(stored?.completedAt).toBeDefined()
    const again = await engine.assess({ config: miniConfig(), contextTokens: 256 })
    expect(again.verdict).toMatchObject({
      fit: 'will-not-fit',
      cause: { totalBytes: plan.totalBytes },
    })

    room.bytes = Number.POSITIVE_INFINITY
    const controller = new AbortController()
    const compiling = engine.load(
      { model, contextTokens: 256 },
      {
        signal: controller.signal,
        onProgress: ({ compile }) => compile.total > 0 && controller.abort(),
      },
    )
    expect(await failure(compiling)).toEqual({ code: 'cancelled' })
    expect((await devices.at(-1)?.lost)?.reason).toBe('destroyed')

    expect(await engine.load({ model, contextTokens: 256 })).toMatchObject({ fromStorage: true })
    expect((await engine.assess({ config: miniConfig(), contextTokens: 256 })).verdict).toEqual({
      fit: 'fits',
    })
    expect((await collect(engine.chat(france))).content).toBe(paris)
    expect(requests).toEqual([])
  })

  it('does not wait for a slow server to say so', async () => {
    const { engine, room, hold } = openPlace()
    room.bytes = 100_000
    let release: (() => void) | undefined
    const loading = engine.load(
      { model, contextTokens: 256 },
      {
        onProgress({ download }) {
          if (download.total > 0) release ??= hold('.safetensors')
        },
      },
    )
    expect(await failure(loading)).toMatchObject({ code: 'device-out-of-memory' })
    expect(release).toBeDefined()
    release?.()

    room.bytes = Number.POSITIVE_INFINITY
    expect(await engine.load({ model, contextTokens: 256 })).toMatchObject({ isStored: true })
  })
})

describe('files that are handed in', () => {
  it('are read in place, and nothing is asked for or kept', async () => {
    const place = openPlace()
    const files = pickFiles(miniFiles())
    const info = await place.engine.load({ model: 'my files', files, contextTokens: 128 })
    expect(info).toMatchObject({ model: 'my files', fromStorage: false, isStored: false })
    expect((await collect(place.engine.chat(france))).content).toBe(paris)
    expect(place.requests).toEqual([])
    expect(await place.store.list()).toEqual([])
  })
})

describe('a load that fails', () => {
  it.each<{ what: string; spoil: (files: Served) => void; error: object }>([
    {
      what: 'a file that the server does not have',
      spoil: (files) => files.delete(firstShard),
      error: {
        code: 'file-missing',
        file: firstShard,
        neededBy: 'model.safetensors.index.json',
      },
    },
    {
      what: 'no config.json',
      spoil: (files) => files.delete('config.json'),
      error: { code: 'file-missing', file: 'config.json', neededBy: model },
    },
    {
      what: 'no tokenizer.json',
      spoil: (files) => files.delete('tokenizer.json'),
      error: { code: 'file-missing', file: 'tokenizer.json', neededBy: 'the chat' },
    },
    {
      what: 'a server that forbids',
      spoil: (files) => files.set('config.json', 403),
      error: { code: 'http-status', url: `${model}/config.json`, status: 403 },
    },
    {
      what: 'a page in place of a shard',
      spoil: (files) => files.set(firstShard, utf8('<!doctype html><p>Not found</p>')),
      error: {
        code: 'file-invalid',
        file: firstShard,
        problem: expect.stringContaining('HTML page'),
      },
    },
    {
      what: 'a shard that is cut off',
      spoil: (files) =>
        files.set(firstShard, (files.get(firstShard) as Uint8Array<ArrayBuffer>).slice(0, 600_000)),
      error: {
        code: 'file-truncated',
        file: firstShard,
        expectedBytes: 636_584,
        receivedBytes: 600_000,
      },
    },
    {
      what: 'tensors of another shape than config.json calls for',
      spoil: (files) => {
        const json = JSON.parse(
          new TextDecoder().decode(files.get('config.json') as Uint8Array<ArrayBuffer>),
        )
        files.set('config.json', jsonFile({ ...json, num_local_experts: 16 }))
      },
      error: {
        code: 'file-invalid',
        file: expect.stringMatching(/^model-0000\d-of-00002\.safetensors$/),
        problem: expect.stringContaining('the expert count does not match'),
      },
    },
  ])('names file and cause, and keeps nothing: $what', async ({ spoil, error }) => {
    const { engine, files, store } = openPlace()
    spoil(files)
    expect(await failure(engine.load({ model }))).toEqual(error)
    expect(await store.list()).toEqual([])
    expect(await failure(collect(engine.chat(france)))).toEqual({ code: 'model-not-loaded' })
  })

  it('names what is missing among files that are handed in', async () => {
    const { engine } = openPlace()
    const files = [new File(['{}'], 'config.json')]
    expect(await failure(engine.load({ model: 'my files', files }))).toMatchObject({
      code: 'file-missing',
      file: 'model.safetensors',
    })
  })

  it('is cancelled while it downloads', async () => {
    const { engine, store } = openPlace()
    const controller = new AbortController()
    const load = engine.load(
      { model },
      { signal: controller.signal, onProgress: () => controller.abort() },
    )
    expect(await failure(load)).toEqual({ code: 'cancelled' })
    const [kept] = await store.list()
    expect(kept?.completedAt).toBeUndefined()
  })

  it.each([0, -1, 2.5, Number.NaN])('has no room for a context of %d tokens', async (tokens) => {
    const { engine, requests } = openPlace()
    expect(await failure(engine.load({ model, contextTokens: tokens }))).toEqual({
      code: 'request-invalid',
      problem: `contextTokens is ${tokens}; it must be a whole number of at least 1`,
    })
    expect(requests).toEqual([])
  })

  it('finds no WebGPU, or no adapter, before it asks for anything', async () => {
    const without = openPlace({ gpu: undefined })
    expect(await failure(without.engine.load({ model }))).toEqual({ code: 'webgpu-missing' })
    const gpu = { requestAdapter: async () => null } as unknown as GPU
    const empty = openPlace({ gpu })
    expect(await failure(empty.engine.load({ model }))).toEqual({ code: 'adapter-missing' })
    expect([...without.requests, ...empty.requests]).toEqual([])
  })
})
