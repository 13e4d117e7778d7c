import { fileURLToPath } from 'node:url'
import {
  createGenerator,
  type GenerateOptions,
  type Generator,
} from '../src/engine/generate/generate'
import { defaultSampling } from '../src/engine/generate/sampler'
import type { Gpu } from '../src/engine/gpu/device'
import { type ModelConfig, parseConfig } from '../src/engine/model/config'
import type { Program } from '../src/engine/model/forward'
import { loadModel } from '../src/engine/model/load'
import { bytesByFamily, checkTensors } from '../src/engine/model/weights'
import { miniModelFolder } from '../src/engine/testing/golden'
import { randomIntegers } from '../src/engine/testing/random'
import { type Recipe, syntheticSource } from '../src/engine/testing/synthetic-checkpoint'
import { namedRecipe } from '../src/engine/testing/synthetic-shapes'
import { openCheckpoint } from '../src/engine/weights/checkpoint'
import type { ShardSource } from '../src/engine/weights/shard-source'
import { createFsSource } from '../tools/fs-source'
import type { Clock } from './clock'

const shortPrompt = 64
const longPrompt = 256
const decodedTokens = 48
/** Measured so often, less often where it takes long; the median counts. */
const maxRuns = 5
const spentMs = 20_000

/** One model; speeds by wall clock, as whoever waits sees them. */
export interface GenerateResult {
  model: string
  shape: string
  'weights MB': number
  'dispatches per token': number
  'first token ms': number
  'prefill 64 tok/s': number
  'prefill 256 tok/s': number
  'decode tok/s': number
  /** Of the device's clock, the GPU's work alone. */
  'device ms per token': number
}

/** Measures a checkpoint in a folder; without one, the bundled model and shape S. */
export async function benchGenerate(
  gpu: Gpu,
  clock: Clock,
  folder: string | undefined,
): Promise<GenerateResult[]> {
  const models: [name: string, source: ShardSource][] = folder
    ? [[folder, createFsSource(folder)]]
    : [
        ['gpt-oss-mini', createFsSource(fileURLToPath(miniModelFolder))],
        ['shape S', syntheticSource(namedRecipe('S') as Recipe)],
      ]
  const results: GenerateResult[] = []
  for (const [name, source] of models) results.push(await benchModel(gpu, clock, name, source))
  return results
}

async function benchModel(
  gpu: Gpu,
  clock: Clock,
  name: string,
  source: ShardSource,
): Promise<GenerateResult> {
  const checkpoint = await openCheckpoint(source)
  const config = parseConfig(checkpoint.config)
  checkTensors(config, checkpoint.tensors)
  const model = await loadModel(gpu, config, checkpoint.tensors, { contextTokens: 512 })
  const generator = await createGenerator(gpu, model.forward, config.vocabSize)
  // A driver may compile at the first use, and pages get their memory then.
  for await (const _ of generator.generate(request(config, 0, 2)));
  const measured: Measured[] = []
  const startedMs = performance.now()
  do measured.push(await measureOnce(generator, clock, config, measured.length + 1))
  while (measured.length < maxRuns && performance.now() - startedMs < spentMs)
  generator.destroy()
  model.destroy()

  const median = (key: keyof Measured) =>
    measured.map((run) => run[key]).sort((a, b) => a - b)[measured.length >> 1] as number
  const { decode, head } = model.forward
  return {
    model: name,
    shape: describe(config),
    'weights MB': Object.values(bytesByFamily(config)).reduce((a, b) => a + b, 0) / 1e6,
    'dispatches per token': dispatchCount(decode) + head.length + 1,
    'first token ms': median('firstTokenMs'),
    'prefill 64 tok/s': (1000 * shortPrompt) / median('shortPrefillMs'),
    'prefill 256 tok/s': (1000 * longPrompt) / median('longPrefillMs'),
    'decode tok/s': 1000 / median('tokenMs'),
    'device ms per token': median('tokenDeviceMs'),
  }
}

interface Measured {
  shortPrefillMs: number
  longPrefillMs: number
  firstTokenMs: number
  tokenMs: number
  tokenDeviceMs: number
}

async function measureOnce(
  { session, generate }: Generator,
  clock: Clock,
  config: ModelConfig,
  run: number,
): Promise<Measured> {
  const prefillMs = async (tokens: number) => {
    const prompt = randomPrompt(config, tokens, run)
    const startedMs = performance.now()
    await session.prefill(prompt, undefined)
    return performance.now() - startedMs
  }
  const longPrefillMs = await prefillMs(longPrompt)
  const shortPrefillMs = await prefillMs(shortPrompt)

  const startedMs = performance.now()
  const tokens = generate(request(config, run, 1 + decodedTokens))
  await tokens.next()
  const firstMs = performance.now()
  const firstDeviceMs = clock.now()
  while (!(await tokens.next()).done);
  return {
    shortPrefillMs,
    longPrefillMs,
    firstTokenMs: firstMs - startedMs,
    tokenMs: (performance.now() - firstMs) / decodedTokens,
    tokenDeviceMs: (clock.now() - firstDeviceMs) / decodedTokens,
  }
}

/** A short prompt, and as many tokens after it. */
const request = (config: ModelConfig, run: number, maxTokens: number): GenerateOptions => ({
  prompt: randomPrompt(config, shortPrompt, -run),
  sampling: { ...defaultSampling, seed: run },
  maxTokens,
  stopTokens: new Set(),
})

/** Differs from the start by seed and length, so that nothing of the prompt before is reused. */
function randomPrompt({ vocabSize }: ModelConfig, tokens: number, seed: number): number[] {
  const next = randomIntegers(1000 * tokens + seed)
  return Array.from({ length: tokens }, () => next() % vocabSize)
}

const dispatchCount = ({ embedding, layers }: Program) => embedding.length + layers.flat().length

function describe(config: ModelConfig): string {
  return [
    `hidden ${config.hiddenSize}`,
    `${config.numHiddenLayers} layers`,
    `${config.numAttentionHeads}/${config.numKeyValueHeads} heads of ${config.headDim}`,
    `${config.numExpertsPerTok} of ${config.numLocalExperts} experts of ${config.intermediateSize}`,
    `vocabulary ${config.vocabSize}`,
  ].join(', ')
}
