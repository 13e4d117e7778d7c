import { fileURLToPath } from 'node:url'
import { type BenchmarkPlan, runBenchmark, type Speeds } from '../src/app/benchmark/benchmark'
import type { Spread } from '../src/app/benchmark/spread'
import { createGenerator } from '../src/engine/generate/generate'
import { measureCopyRate, measureGeneration } from '../src/engine/generate/measure'
import type { Gpu } from '../src/engine/gpu/device'
import type { Engine } from '../src/engine/index'
import { parseConfig } from '../src/engine/model/config'
import { loadModel } from '../src/engine/model/load'
import { checkTensors } from '../src/engine/model/weights'
import { syntheticSource } from '../src/engine/testing/synthetic-checkpoint'
import { namedRecipe, shapeNames } from '../src/engine/testing/synthetic-shapes'
import { openCheckpoint } from '../src/engine/weights/checkpoint'
import type { ShardSource } from '../src/engine/weights/shard-source'
import { createFsSource } from '../tools/fs-source'
import { threeDigits } from './table'

/** Which models, and what is asked of them. */
export interface GenerationOptions {
  /** A folder with a checkpoint. */
  model?: string | undefined
  /** The name of a synthetic one, and its layers where not all. */
  shape?: string | undefined
  layers?: number | undefined
  contexts: readonly number[]
  /** Prompts whose prefill is measured, in tokens. */
  prompts: readonly number[]
  rounds: number
}

/** One model at one context, as a row of the table. */
export type GenerationRow = Record<string, string | number>

const bundledModel = fileURLToPath(new URL('../public/models/gpt-oss-mini', import.meta.url))

const decodedTokens = 64
/** At one context no further round begins after so much time. */
const spentMs = 20_000

/** Decode after each context. */
export function benchDecode(gpu: Gpu, options: GenerationOptions): Promise<GenerationRow[]> {
  return benchModels(gpu, options, [{ promptTokens: 8, decodedTokens }], ({ decode }) => {
    if (!decode) throw new Error('nothing was decoded')
    const { tokensPerSecond, bytesPerToken, dispatchesPerToken, shareOfCopy } = decode
    return {
      'tok/s': tokensPerSecond.median,
      quartiles: quartiles(tokensPerSecond),
      'ms per token': 1000 / tokensPerSecond.median,
      'dispatches per token': dispatchesPerToken,
      'MB per token': bytesPerToken / 1e6,
      'GB/s': (tokensPerSecond.median * bytesPerToken) / 1e9,
      'of copy': shareOfCopy === undefined ? 'unknown' : `${(100 * shareOfCopy).toFixed(1)} %`,
    }
  })
}

/** Prefill of prompts of some lengths after each context, and what a person waits for the first token. */
export function benchPrefill(gpu: Gpu, options: GenerationOptions): Promise<GenerationRow[]> {
  const plans = options.prompts.map((promptTokens) => ({ promptTokens, decodedTokens: 0 }))
  return benchModels(gpu, options, plans, ({ prefill, firstTokenMs }, { promptTokens }) => ({
    'prompt tokens': promptTokens,
    'tok/s': prefill.median,
    quartiles: quartiles(prefill),
    'first token ms': firstTokenMs.median,
  }))
}

type Asked = Pick<BenchmarkPlan, 'promptTokens' | 'decodedTokens'>

async function benchModels(
  gpu: Gpu,
  options: GenerationOptions,
  asked: readonly Asked[],
  columns: (speeds: Speeds, asked: Asked) => GenerationRow,
): Promise<GenerationRow[]> {
  const rows: GenerationRow[] = []
  for (const { name, source } of modelsOf(options)) {
    const measurable = await open(gpu, source, options, asked)
    for (const one of asked) {
      const plan = { ...one, contexts: options.contexts, rounds: options.rounds, spentMs }
      const { speeds, copyBytesPerSecond } = await runBenchmark(measurable, plan)
      const ceiling =
        copyBytesPerSecond === undefined ? 'unknown' : threeDigits(copyBytesPerSecond / 1e9)
      for (const speed of speeds)
        rows.push({
          model: name,
          'context tokens': speed.contextTokens,
          ...columns(speed, one),
          'copy GB/s': ceiling,
        })
    }
    measurable.destroy()
  }
  return rows
}

/** What was asked for; where nothing was, the bundled model and a small shape. */
function modelsOf({
  model,
  shape,
  layers,
}: GenerationOptions): { name: string; source: ShardSource }[] {
  if (model !== undefined) return [{ name: model, source: createFsSource(model) }]
  const synthetic = (name: string) => {
    const recipe = namedRecipe(name, { layers })
    if (!recipe) throw new Error(`--shape ${name}: the shapes are ${shapeNames.join(', ')}`)
    const layersText = layers === undefined ? '' : `, ${layers} layers`
    return { name: `shape ${name}${layersText}`, source: syntheticSource(recipe, false) }
  }
  if (shape !== undefined) return [synthetic(shape)]
  return [{ name: 'gpt-oss-mini', source: createFsSource(bundledModel) }, synthetic('S')]
}

/** Puts a checkpoint on the GPU, with room for the longest context and what follows it. */
async function open(
  gpu: Gpu,
  source: ShardSource,
  { contexts }: GenerationOptions,
  asked: readonly Asked[],
): Promise<Pick<Engine, 'measure' | 'measureCopyRate'> & { destroy(): void }> {
  const checkpoint = await openCheckpoint(source)
  const config = parseConfig(checkpoint.config)
  checkTensors(config, checkpoint.tensors)
  const after = asked.map((one) => one.promptTokens + one.decodedTokens)
  const model = await loadModel(gpu, config, checkpoint.tensors, {
    contextTokens: Math.max(...contexts) + Math.max(...after),
  })
  const { vocabSize } = config
  const messageStart = vocabSize - 1
  const generator = await createGenerator(gpu, model.forward, vocabSize, { messageStart })
  const measured = { forward: model.forward, generator, vocabSize, messageStart }
  return {
    measure: (request, options) => measureGeneration(gpu, measured, request, options),
    measureCopyRate: () => measureCopyRate(gpu),
    destroy() {
      generator.destroy()
      model.destroy()
    },
  }
}

const quartiles = ({ low, high }: Spread) => `${threeDigits(low)} to ${threeDigits(high)}`
