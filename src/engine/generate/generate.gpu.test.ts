import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFsSource } from '../../../tools/fs-source'
import { parseConfig } from '../model/config'
import { type LoadedModel, loadModel } from '../model/load'
import { type EvalCase, evalCases, miniModelFolder } from '../testing/golden'
import { openTestGpu, type TestGpu } from '../testing/gpu'
import { failure } from '../testing/memory-source'
import { openCheckpoint } from '../weights/checkpoint'
import {
  createGenerator,
  type GenerateEnd,
  type GenerateOptions,
  type Generator,
  type GeneratorOptions,
} from './generate'
import { defaultSampling } from './sampler'

const cases = evalCases()
const [first] = cases as [EvalCase]
const greedy = { ...defaultSampling, temperature: 0, seed: 0 }
const random = { ...defaultSampling, seed: 20260101 }
/** So hot that tokens would differ if logits did. */
const hot = { ...random, temperature: 5 }

let gpu: TestGpu
let loaded: Awaited<ReturnType<typeof loadMini>>

beforeAll(async () => {
  gpu = await openTestGpu()
  loaded = await loadMini(gpu, 512)
})
afterAll(() => gpu.device.destroy())

async function loadMini(
  on: TestGpu,
  contextTokens: number,
  { chunkTokens, ...options }: { chunkTokens?: number } & GeneratorOptions = {},
) {
  const checkpoint = await openCheckpoint(createFsSource(miniModelFolder.pathname))
  const config = parseConfig(checkpoint.config)
  const model: LoadedModel = await loadModel(on, config, checkpoint.tensors, {
    contextTokens,
    chunkTokens,
  })
  const generator: Generator = await createGenerator(on, model.forward, config.vocabSize, options)
  return {
    model,
    generator,
    destroy() {
      generator.destroy()
      model.destroy()
    },
  }
}

/** All tokens of a generation, and why it ended. */
async function generate(
  { generator }: { generator: Generator },
  options: Partial<GenerateOptions> & { prompt: readonly number[] },
): Promise<{ tokens: number[]; end: GenerateEnd; cached: number | undefined }> {
  let cached: number | undefined
  const generation = generator.generate({
    sampling: greedy,
    maxTokens: 300,
    stopTokens: new Set([1527, 1528, 1534]),
    onPrefilled: (tokens) => {
      cached = tokens
    },
    ...options,
  })
  const tokens: number[] = []
  for (;;) {
    const step = await generation.next()
    if (step.done) return { tokens, end: step.value, cached }
    tokens.push(step.value)
  }
}

describe('the bundled model', () => {
  it('says greedily what it says on the CPU, to at least 19 of 20 prompts', async () => {
    const differing: string[] = []
    for (const { id, prompt_tokens: prompt, tokens } of cases) {
      const { tokens: found, end } = await generate(loaded, { prompt })
      expect(end, id).toBe('stop')
      if (JSON.stringify(found) !== JSON.stringify(tokens)) differing.push(id)
    }
    expect(cases).toHaveLength(20)
    expect(differing.length, `differing: ${differing.join(', ')}`).toBeLessThanOrEqual(1)
  })
})

describe('a seed', () => {
  it('gives the same tokens again, and another seed others', async () => {
    const prompt = first.prompt_tokens
    const sampling = { ...random, temperature: 5 }
    const once = await generate(loaded, { prompt, sampling, maxTokens: 24 })
    const again = await generate(loaded, { prompt, sampling, maxTokens: 24 })
    const other = await generate(loaded, {
      prompt,
      sampling: { ...sampling, seed: sampling.seed + 1 },
      maxTokens: 24,
    })
    expect(again.tokens).toEqual(once.tokens)
    expect(other.tokens).not.toEqual(once.tokens)
  })

  // Longer than a chunk of 256, than the window of 64, and than rings for small chunks.
  const long = Array.from(
    { length: 270 },
    (_, i) => first.prompt_tokens[i % first.prompt_tokens.length] as number,
  )
  const inChunksOf256 = (prompt: readonly number[]) =>
    generate(loaded, { prompt, sampling: hot, maxTokens: 12 })

  it.each([
    { chunkTokens: 1, prompt: first.prompt_tokens },
    { chunkTokens: 16, prompt: long },
    { chunkTokens: 512, prompt: long },
  ])('gives the same tokens when $chunkTokens are prefilled at a time', async (given) => {
    const { chunkTokens, prompt } = given
    const chunked = await loadMini(gpu, 512, { chunkTokens })
    const { tokens } = await generate(chunked, { prompt, sampling: hot, maxTokens: 12 })
    expect(tokens).toEqual((await inChunksOf256(prompt)).tokens)
    chunked.destroy()
  })

  it('gives the same tokens where a token is told its position by a write', async () => {
    const others = await openTestGpu({ ...gpu.features, immediates: false })
    const written = await loadMini(others, 512)
    const { tokens } = await generate(written, { prompt: long, sampling: hot, maxTokens: 12 })
    expect(gpu.features.immediates).toBe(true)
    expect(tokens).toEqual((await inChunksOf256(long)).tokens)
    others.device.destroy()
  })

  it('gives the same tokens when prefill is so slow that it is cut into dispatches', async () => {
    let readings = 0
    const slow = await loadMini(gpu, 512, { now: () => 200 * readings++ })
    const { tokens } = await generate(slow, { prompt: long, sampling: hot, maxTokens: 12 })
    expect(readings).toBeGreaterThan(2 * 2 * 4 * 10) // twice for each dispatch of two chunks
    expect(tokens).toEqual((await inChunksOf256(long)).tokens)
    slow.destroy()
  })

  it('gives the same tokens whatever was said before, and the common beginning is kept', async () => {
    const prompt = first.prompt_tokens
    const fresh = await loadMini(gpu, 256)
    const sampling = { ...random, temperature: 5 }
    const expected = await generate(fresh, { prompt, sampling, maxTokens: 16 })
    expect(expected.cached).toBe(0)
    // Another question after the same system message, answered in between.
    const other = cases.find(
      ({ prompt_tokens }) =>
        prompt_tokens[60] === prompt[60] && prompt_tokens.length !== prompt.length,
    ) as EvalCase
    await generate(fresh, { prompt: other.prompt_tokens, maxTokens: 20 })
    const again = await generate(fresh, { prompt, sampling, maxTokens: 16 })
    expect(again.cached).toBeGreaterThan(50)
    expect(again.tokens).toEqual(expected.tokens)
    fresh.destroy()
  })
})

describe('a conversation that is changed', () => {
  const messageStart = first.prompt_tokens[0] as number
  /** The messages of a prompt, and what follows them: the beginning of an answer. */
  const messagesOf = (prompt: readonly number[]) => {
    const starts = prompt.flatMap((token, i) => (token === messageStart ? [i] : []))
    return starts.map((start, i) => prompt.slice(start, starts[i + 1]))
  }
  const [system, , opening] = messagesOf(first.prompt_tokens) as [number[], number[], number[]]
  const questions = cases.map(({ prompt_tokens }) => messagesOf(prompt_tokens).at(-2) as number[])
  /** A prompt of the system message and these questions; each is a message. */
  const prompt = (...numbers: number[]) =>
    [system, ...numbers.map((n) => questions[n] as number[]), opening].flat()

  it('goes on from the message that was changed, and says what it would have said afresh', async () => {
    // Rings of 96 positions, where a question has about 15 tokens.
    const rings = await loadMini(gpu, 2048, { chunkTokens: 16, messageStart })
    const original = prompt(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    const edited = prompt(0, 1, 12, 3, 4, 5, 6, 7, 8, 9)
    const longer = prompt(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    const beginningOf = (...numbers: number[]) => prompt(...numbers).length - opening.length

    async function expectFresh(given: number[], maxTokens: number, cached: number) {
      await generate(loaded, { prompt: [1], maxTokens: 1 })
      const options = { prompt: given, sampling: hot, maxTokens, stopTokens: new Set<number>() }
      const fresh = await generate(loaded, options)
      expect(fresh.cached).toBe(0)
      const found = await generate(rings, options)
      expect(found.tokens).toEqual(fresh.tokens)
      expect(found.cached).toBe(cached)
    }

    await expectFresh(original, 8, 0)
    // The token that begins a message is common to both.
    await expectFresh(longer, 4, beginningOf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9) + 1)
    // An edit past the window, and back again: what both have in common is still there.
    await expectFresh(edited, 4, beginningOf(0, 1))
    await expectFresh(original, 100, beginningOf(0, 1))
    // The answer has overwritten the rings.
    await expectFresh(original, 4, original.length - opening.length)
    await expectFresh(prompt(0, 13), 4, beginningOf(0))
    rings.destroy()
  })
})

describe('tokens in flight', () => {
  /** How many positions hold a key, in each layer of a model whose caches were empty. */
  async function positionsWritten({ forward }: LoadedModel): Promise<number[]> {
    const caches = forward.decode.layers
      .flat()
      .flatMap(({ operands }) =>
        operands.flatMap(({ name, buffer }) => (name === 'keys' ? [buffer] : [])),
      )
    const counts: number[] = []
    for (const buffer of caches) {
      const shape = [forward.contextTokens, buffer.size / forward.contextTokens / 4]
      const words = await gpu.readU32({ dtype: 'u32', shape, buffer })
      counts.push((words.findLastIndex((word) => word !== 0) + 1) / (shape[1] as number))
    }
    return counts
  }

  it.each([1, 2, 3, 4])(
    '%i leave what comes after a stop undone, wherever it finds them',
    async (tokensInFlight) => {
      const few = await loadMini(gpu, 256, { tokensInFlight })
      const { prompt_tokens: prompt } = first
      const whole = await generate(loaded, { prompt, sampling: hot, maxTokens: 8 })
      expect(new Set(whole.tokens).size).toBe(8)
      // From the first sample on, and past the deepest pipeline; then all of them go on as if nothing had been.
      for (let at = 0; at < 6; at++) {
        const stopTokens = new Set([whole.tokens[at] as number])
        const { tokens, end } = await generate(few, { prompt, sampling: hot, stopTokens })
        expect({ tokens, end }).toEqual({ tokens: whole.tokens.slice(0, at + 1), end: 'stop' })
        // The stop token itself is not decoded either.
        expect(await positionsWritten(few.model)).toEqual(Array(4).fill(prompt.length + at))
      }
      const again = await generate(few, { prompt, sampling: hot, maxTokens: 8 })
      expect(again.tokens).toEqual(whole.tokens)
      few.destroy()
    },
  )

  it.each([1, 2, 3, 4])('%i give the same tokens and the same end', async (tokensInFlight) => {
    const few = await loadMini(gpu, 256, { tokensInFlight })
    const { prompt_tokens: prompt, tokens } = first
    const sampling = { ...random, temperature: 5, repetitionPenalty: 1.3 }
    const drawn = await generate(loaded, { prompt, sampling, maxTokens: 12 })
    // A stop leaves tokens in flight, which must not change what the next generation sees.
    expect(await generate(few, { prompt })).toMatchObject({ tokens, end: 'stop' })
    expect((await generate(few, { prompt, sampling, maxTokens: 12 })).tokens).toEqual(drawn.tokens)
    // So does whoever breaks off: its tokens are dropped.
    const generation = few.generator.generate({
      prompt,
      sampling,
      maxTokens: 50,
      stopTokens: new Set(),
    })
    await generation.next()
    await generation.return('cancelled')
    expect((await generate(few, { prompt, sampling, maxTokens: 12 })).tokens).toEqual(drawn.tokens)
    few.destroy()
  })
})

describe('the end', () => {
  it('comes with maxTokens', async () => {
    const { tokens, end } = await generate(loaded, { prompt: first.prompt_tokens, maxTokens: 3 })
    expect(tokens).toEqual(first.tokens.slice(0, 3))
    expect(end).toBe('length')
  })

  it('comes with the last place in the context', async () => {
    const room = 5
    const small = await loadMini(gpu, first.prompt_tokens.length + room)
    const { tokens, end } = await generate(small, { prompt: first.prompt_tokens })
    // The last token needs no place: nothing follows it.
    expect(tokens).toEqual(first.tokens.slice(0, room + 1))
    expect(end).toBe('length')
    small.destroy()
  })

  it('comes with the abort, and the next generation is as if nothing had been', async () => {
    const controller = new AbortController()
    const generation = loaded.generator.generate({
      prompt: first.prompt_tokens,
      sampling: greedy,
      maxTokens: 300,
      stopTokens: new Set(),
      signal: controller.signal,
    })
    const before = await generation.next()
    expect(before.value).toBe(first.tokens[0])
    controller.abort()
    expect(await generation.next()).toEqual({ done: true, value: 'cancelled' })
    const after = await generate(loaded, { prompt: first.prompt_tokens, maxTokens: 8 })
    expect(after.tokens).toEqual(first.tokens.slice(0, 8))
  })

  it('comes at once when aborted before the first chunk', async () => {
    const { tokens, end } = await generate(loaded, {
      prompt: [...first.prompt_tokens].reverse(),
      signal: AbortSignal.abort(),
    })
    expect(tokens).toEqual([])
    expect(end).toBe('cancelled')
  })
})

describe('what cannot be done is said', () => {
  it.each([
    ['a prompt longer than the context', { prompt: Array(513).fill(0) }, 'context-full'],
    ['an empty prompt', { prompt: [] }, 'request-invalid'],
    ['a negative temperature', sampled({ temperature: -1 }), 'request-invalid'],
    ['a temperature that is no number', sampled({ temperature: Number.NaN }), 'request-invalid'],
    ['a top-p of 0', sampled({ topP: 0 }), 'request-invalid'],
    ['half a token', sampled({ topK: 2.5 }), 'request-invalid'],
    ['a seed of 33 bits', sampled({ seed: 2 ** 32 }), 'request-invalid'],
  ])('%s', async (_, options, code) => {
    expect(await failure(generate(loaded, options))).toMatchObject({ code })
  })
})

function sampled(change: Partial<typeof random>) {
  return { prompt: first.prompt_tokens, sampling: { ...random, ...change } }
}
