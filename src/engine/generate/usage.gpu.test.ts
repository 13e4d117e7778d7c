import { describe, expect, it } from 'vitest'
import { createFsSource } from '../../../tools/fs-source'
import type { GpuFeatures } from '../gpu/device'
import { type Ledger, openLedger } from '../gpu/ledger'
import { type ModelConfig, parseConfig } from '../model/config'
import { openModel } from '../model/load'
import { miniModelFolder } from '../testing/golden'
import { openTestGpu } from '../testing/gpu'
import { type Recipe, syntheticSource } from '../testing/synthetic-checkpoint'
import { namedRecipe } from '../testing/synthetic-shapes'
import { openCheckpoint } from '../weights/checkpoint'
import type { ShardSource } from '../weights/shard-source'
import { createGenerator } from './generate'
import { createTokenReadback, defaultSampling } from './sampler'
import { type Usage, usageOf } from './usage'

interface Counted {
  config: ModelConfig
  hasImmediates: boolean
  /** Segments beyond the first of each weight that has several on this device. */
  extraSegments: number
  prefill: Usage
  token: Usage
  /** Of a token at `laterPosition`. */
  later: Usage
}

/**
 * Counts a generation. Its weights stay zero, which changes no count: every token then has the same
 * experts, and any four do.
 */
async function countGeneration(
  source: ShardSource,
  {
    promptTokens,
    decodedTokens,
    laterPosition = promptTokens + decodedTokens,
    allow,
  }: { promptTokens: number; decodedTokens: number; laterPosition?: number; allow?: GpuFeatures },
): Promise<Counted> {
  const gpu = await openTestGpu(allow)
  const checkpoint = await openCheckpoint(source)
  const config = parseConfig(checkpoint.config)
  const { plan, destroy, ...opening } = await openModel(gpu, config, checkpoint.tensors, {
    contextTokens: laterPosition + 1,
    chunkTokens: promptTokens,
  })
  const forward = await opening.forward
  // On a clock that stands still nothing takes long, and whatever may be one submission is.
  const now = () => 0
  const generator = await createGenerator(gpu, forward, config.vocabSize, { now })
  const readback = createTokenReadback(gpu, forward.activations.tokens)
  const ledger: Ledger = openLedger(gpu.device, forward.step)
  const generation = generator.generate({
    prompt: Array(promptTokens).fill(0),
    sampling: { ...defaultSampling, seed: 0 },
    maxTokens: 1 + decodedTokens,
    stopTokens: new Set(),
  })
  while (!(await generation.next()).done);
  generator.session.submitDecodeAndSample(laterPosition, readback)
  await gpu.settle(readback.read())
  ledger.close()
  readback.destroy()
  generator.destroy()
  destroy()
  gpu.device.destroy()

  const { submissions } = ledger
  // Embedding and dispatches of two layers, each the first of its kind, which nobody has timed yet; the
  // other layers; a sample; the decoded tokens.
  const { embedding, layers } = forward.prefill
  const untimed = [...embedding, ...layers.slice(0, 2).flat()]
  const prefills = untimed.length + Math.min(1, layers.length - 2)
  const generated = prefills + 1 + decodedTokens
  expect(submissions).toHaveLength(generated + 1)
  const segmented = plan.weights.layers.flatMap(({ qkv, gateUp, down }) => [qkv, gateUp, down])
  return {
    config,
    hasImmediates: gpu.features.immediates,
    extraSegments: [plan.weights.embedding, plan.weights.head, ...segmented].reduce(
      (sum, segments) => sum + segments.length - 1,
      0,
    ),
    prefill: usageOf(submissions.slice(0, prefills)),
    token: usageOf(submissions.slice(generated - 1, generated)),
    later: usageOf(submissions.slice(generated)),
  }
}

/** Bytes of weights that a decoded token needs, for a checkpoint in BF16 and MXFP4, from the shapes alone. */
function weightBytes(config: ModelConfig) {
  const { hiddenSize: hidden, intermediateSize, numHiddenLayers: layers, vocabSize } = config
  const { numAttentionHeads: heads, numKeyValueHeads: kvHeads, headDim } = config
  const expert = (3 * hidden * intermediateSize * 17) / 32 + 4 * (2 * intermediateSize + hidden)
  return {
    attention: 2 * layers * headDim * hidden * (heads + 2 * kvHeads + heads),
    router: 2 * layers * config.numLocalExperts * hidden,
    experts: layers * config.numExpertsPerTok * expert,
    head: 2 * vocabSize * hidden,
  }
}

/** A token is told its position with the commands, or by one small write. */
const steady = (hasImmediates: boolean) => ({
  ...{ submits: 1, passes: 1, objectsCreated: 0, readbackBytes: 4 },
  ...(hasImmediates ? { writes: 0, immediateBytes: 12 } : { writes: 1, immediateBytes: 0 }),
})

function expectSteady({ config, hasImmediates, extraSegments, token }: Counted) {
  expect(token).toMatchObject(steady(hasImmediates))
  expect(token.dispatches).toBeLessThanOrEqual(6 * config.numHiddenLayers + 3 + extraSegments)
}

function expectClose(bytes: number, formula: number) {
  expect(Math.abs(bytes / formula - 1)).toBeLessThan(0.01)
}

describe('what a generation asks of the device', () => {
  it.each([true, false])('for the bundled model, with immediates: %s', async (immediates) => {
    const source = createFsSource(miniModelFolder.pathname)
    const allow = { subgroups: true, subnormalHalves: true, immediates }
    const counted = await countGeneration(source, { promptTokens: 32, decodedTokens: 5, allow })
    expect(counted.hasImmediates).toBe(immediates)
    const { config, prefill, token } = counted
    expectSteady(counted)
    expect(prefill).toMatchObject({ objectsCreated: 0, readbackBytes: 0, writes: 2 })
    expect(prefill.passes).toBe(prefill.submits)
    expect(prefill.neededBytes.head).toBe(0)

    const expected = weightBytes(config)
    const { experts, head } = token.neededBytes
    expect({ experts, head }).toEqual({ experts: expected.experts, head: expected.head })
    // 37 tokens came before the last one decoded; the window of the sliding layers holds all of them.
    const { numHiddenLayers, numKeyValueHeads, headDim } = config
    const cachedToken = 2 * numHiddenLayers * numKeyValueHeads * headDim * 2
    expect(token.neededBytes.kvCache).toBeGreaterThanOrEqual(37 * cachedToken)
    expect(token.neededBytes.kvCache).toBeLessThanOrEqual(38 * cachedToken)
  })

  it("for two layers of gpt-oss-20b's shape, at 8 K but for keys and values what it asks at the start", async () => {
    const source = syntheticSource(namedRecipe('M', { vocabSize: 2048 }) as Recipe)
    const counts = { promptTokens: 1, decodedTokens: 1, laterPosition: 8191 }
    const counted = await countGeneration(source, counts)
    const { config, token, later } = counted
    expectSteady(counted)

    const expected = weightBytes(config)
    for (const family of ['attention', 'router', 'experts', 'head'] as const)
      expectClose(token.neededBytes[family], expected[family])
    // Whatever is no weight is next to nothing at this length.
    const { kvCache, activations, embedding, norms } = token.neededBytes
    const all = Object.values(expected).reduce((a, b) => a + b)
    expect((kvCache + activations + embedding + norms) / all).toBeLessThan(0.01)

    // Its one full layer divides so many keys, and puts the parts together in one more dispatch.
    expect(later).toMatchObject({
      ...steady(counted.hasImmediates),
      dispatches: token.dispatches + 1,
    })
    const cachedToken = 2 * config.numKeyValueHeads * config.headDim * 2
    expectClose(later.neededBytes.kvCache, (8192 + config.slidingWindow) * cachedToken)

    // The whole model has twelve such pairs of layers, and a head for 201,088 tokens.
    const headBytes = 2 * 201_088 * config.hiddenSize
    const whole = ({ neededBytes: { head, ...others } }: Usage) =>
      12 * Object.values(others).reduce((a, b) => a + b) + headBytes
    expectClose(whole(token), 3708e6)
    expect(whole(token) / whole(later)).toBeGreaterThan(0.85)
  })
})
