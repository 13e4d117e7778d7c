import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose } from '../../src/engine/testing/closeness'
import {
  evalCase,
  miniModelFolder,
  readGoldenValues,
  readJson,
  tinyFolder,
} from '../../src/engine/testing/golden'
import { miniGguf } from '../../src/engine/testing/place'
import { type Outcome, runEngine, temporaryFolder } from './testing'

const mini = fileURLToPath(miniModelFolder)
const tiny = fileURLToPath(tinyFolder)
const sum = evalCase('mini-showcase-05')

/** What a command prints, which must be one line of JSON and nothing else. */
function printed({ exitCode, stdout, stderr }: Outcome) {
  expect({ exitCode, stderr: withoutWarnings(stderr) }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatch(/^.+\n$/)
  return JSON.parse(stdout)
}

/** Dawn warns of what an adapter lacks. */
const withoutWarnings = (stderr: string) => stderr.replace(/^Warning: .*\n/gm, '')

function jsonFile(name: string, value: unknown): string {
  const file = join(temporaryFolder(), name)
  writeFileSync(file, JSON.stringify(value))
  return file
}

/** What `info` says of the bundled model; of the adapter, every other test wants to know it. */
let info: {
  config: { numHiddenLayers: number; vocabSize: number }
  parameterCount: number
  files: { name: string; byteLength: number }[]
  tensors: { name: string; dtype: string; shape: number[]; file: string }[]
  bytesByFamily: Record<string, number>
  adapter: {
    description: string
    features: { subgroups: boolean }
    limits: { maxStorageBufferBindingSize: number }
  }
  memory: Record<
    'contextTokens' | 'weightBytes' | 'kvCacheBytes' | 'scratchBytes' | 'totalBytes',
    number
  > & { buffers: { label: string; byteLength: number }[] }
}

beforeAll(async () => {
  info = printed(await runEngine(['info', '--model', mini, '--context', '1000']))
})

describe('info', () => {
  it('prints the config and every tensor', () => {
    expect(info.config).toMatchObject({ numHiddenLayers: 4, numLocalExperts: 8, vocabSize: 1536 })
    expect(info.parameterCount).toBe(1_391_280)
    expect(info.tensors).toHaveLength(79)
    expect(info.tensors).toContainEqual(
      expect.objectContaining({
        name: 'model.layers.3.mlp.experts.down_proj_blocks',
        dtype: 'U8',
        shape: [8, 128, 2, 16],
      }),
    )
    const names = info.files.map(({ name }) => name)
    expect(names).toContain('tokenizer.json')
    expect(info.tensors.every(({ file }) => names.includes(file))).toBe(true)
  })

  it('prints the bytes by family, and what a context needs', () => {
    const { weightBytes, kvCacheBytes, scratchBytes, totalBytes, contextTokens } = info.memory
    const families = Object.values(info.bytesByFamily)
    expect(families).toHaveLength(6)
    const fileBytes = families.reduce((a, b) => a + b)
    expect(fileBytes).toBe(1_627_488)
    // On the GPU vectors are f32.
    expect(weightBytes).toBeGreaterThan(fileBytes)
    expect(contextTokens).toBe(1000)
    // Keys and values of 4 layers with 2 heads of 32.
    expect(kvCacheBytes).toBe(1000 * 2 * 4 * 2 * 32 * 2)
    expect(totalBytes).toBe(weightBytes + kvCacheBytes + scratchBytes)
  })

  it('prints every buffer of the memory plan', () => {
    const { buffers, totalBytes } = info.memory
    const largest = Math.max(...buffers.map(({ byteLength }) => byteLength))
    expect(buffers.find(({ label }) => label === 'layer 3 key cache')).toBeDefined()
    expect(largest).toBeLessThanOrEqual(info.adapter.limits.maxStorageBufferBindingSize)
    expect(buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(totalBytes)
  })

  it('prints what the adapter offers', () => {
    expect(info.adapter.description).not.toBe('')
    expect(info.adapter.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(2 ** 27)
  })
})

describe('logits', () => {
  it('are the golden ones, from one prefill and one token at a time', async () => {
    const golden = readGoldenValues(new URL('golden.safetensors', tinyFolder))
    const tokens = jsonFile('tokens.json', [...golden('short.tokens')])
    const folder = temporaryFolder()
    const logits = async (name: string, ...more: string[]) => {
      const out = join(folder, name)
      const args = ['logits', '--model', tiny, '--tokens', tokens, '--out', out, ...more]
      expect(printed(await runEngine(args))).toEqual({ out, shape: [7, 512] })
      const bytes = readFileSync(out)
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    }
    const [prefilled, decoded] = await Promise.all([
      logits('prefill.f32'),
      logits('decode.f32', '--decode'),
    ])
    expect(readdirSync(folder).sort()).toEqual(['decode.f32', 'prefill.f32'])
    // What rounding keys and values to f16 may do; forward.gpu.test.ts has more to say of it.
    const tolerance = { absolute: 0.15 }
    expectClose(prefilled, golden('short.logits'), tolerance, [7, 512])
    expectClose(decoded, golden('short.logits'), tolerance, [7, 512])
  })
})

describe('ledger', () => {
  it('counts what a prefill in chunks and a decoded token ask of the device', async () => {
    const sizes = ['--context', '20', '--chunk', '8']
    const counted = printed(await runEngine(['ledger', '--model', mini, ...sizes]))
    expect(counted).toMatchObject({
      contextTokens: 20,
      chunkTokens: 8,
      prefill: { submits: 3, passes: 3, objectsCreated: 0, readbackBytes: 0 },
      firstSample: { submits: 1 },
      token: { submits: 1, passes: 1, objectsCreated: 0, writes: 0, immediateBytes: 12 },
    })
    expect(counted.token.neededBytes.head).toBe(2 * 128 * info.config.vocabSize)
    expect(counted.token.hostMs).toBeGreaterThan(0)
  })
})

describe('generate', () => {
  const generate = async (...args: string[]) =>
    printed(await runEngine(['generate', '--model', mini, ...args]))

  it('gives the known answer at temperature 0, from messages and from tokens', async () => {
    const question = [{ role: 'user', content: 'What is 437 + 58?' }]
    const messages = jsonFile('messages.json', question)
    const tokens = jsonFile('tokens.json', sum.prompt_tokens)
    const greedy = ['--temperature', '0', '--max-tokens', '200']
    const [fromMessages, fromTokens] = await Promise.all([
      generate('--messages', messages, '--effort', 'high', '--date', '2025-06-28', ...greedy),
      generate('--tokens', tokens, ...greedy),
    ])
    for (const answer of [fromMessages, fromTokens]) {
      expect(answer.tokens).toEqual(sum.tokens)
      expect(answer).toMatchObject({ text: sum.text, finishReason: 'stop', repairs: [] })
      expect(answer.messages).toEqual([
        {
          role: 'assistant',
          channel: 'analysis',
          content: expect.stringContaining('So 437 + 58 = 495.'),
        },
        { role: 'assistant', channel: 'final', content: '437 + 58 = 495' },
      ])
      expect(answer.timings.decodeTokensPerSecond).toBeGreaterThan(0)
    }
  })

  it('gives the same tokens for the same seed, in whatever chunks the prompt is prefilled', async () => {
    const tokens = jsonFile('tokens.json', sum.prompt_tokens)
    const random = ['--tokens', tokens, '--temperature', '5', '--max-tokens', '16', '--seed', '7']
    const [whole, inChunks] = await Promise.all([
      generate(...random),
      generate(...random, '--chunk', '16'),
    ])
    expect(whole).toMatchObject({ seed: 7, finishReason: 'length' })
    expect(whole.tokens).toHaveLength(16)
    expect(whole.tokens).not.toEqual(sum.tokens.slice(0, 16))
    expect(inChunks.tokens).toEqual(whole.tokens)
  })

  it('gives the same answer from a GGUF of the same weights', async () => {
    const file = join(temporaryFolder(), 'mini.gguf')
    writeFileSync(file, miniGguf().get('mini.gguf') as Uint8Array)
    const args = ['--tokens', jsonFile('tokens.json', sum.prompt_tokens), '--temperature', '0']
    const answer = printed(await runEngine(['generate', '--model', file, ...args]))
    expect(answer.tokens).toEqual(sum.tokens)
    expect(answer.text).toBe(sum.text)
  })

  it('continues tokens of a checkpoint that has no tokenizer', async () => {
    const { greedy } = readJson<{ greedy: { prompt: number[]; output: number[] } }>(
      new URL('golden.json', tinyFolder),
    )
    const tokens = jsonFile('tokens.json', greedy.prompt)
    const args = ['--tokens', tokens, '--temperature', '0', '--max-tokens', '16']
    const answer = printed(await runEngine(['generate', '--model', tiny, ...args]))
    expect(answer.tokens).toEqual(greedy.output)
    expect(answer).not.toHaveProperty('text')
  })
})
