import { afterAll, expect, it } from 'vitest'
import { createGenerator } from '../generate/generate'
import * as reference from '../reference'
import { expectClose } from '../testing/closeness'
import { asCached } from '../testing/f16'
import { openTestGpu } from '../testing/gpu'
import { type Recipe, synthesizedTensors, syntheticSource } from '../testing/synthetic-checkpoint'
import { namedRecipe } from '../testing/synthetic-shapes'
import { openCheckpoint } from '../weights/checkpoint'
import { parseConfig } from './config'
import { loadModel } from './load'
import { checkTensors } from './weights'

const gpu = await openTestGpu()
afterAll(() => gpu.device.destroy())
const hasSmallBindings = gpu.limits.maxStorageBufferBindingSize <= 128 * 1024 * 1024
if (!hasSmallBindings)
  console.info('skipped here: layers of gpt-oss-120b need the adapter with 128 MiB bindings')

it.runIf(hasSmallBindings)(
  'gives the logits of two layers of the gpt-oss-120b shape within bindings of 128 MiB',
  async () => {
    // The vocabulary is cut short: it is not what differs from gpt-oss-20b.
    const recipe = namedRecipe('gpt-oss-120b', { layers: 2, vocabSize: 1024 }) as Recipe
    const { config: json, tensors } = await openCheckpoint(syntheticSource(recipe))
    const config = parseConfig(json)
    checkTensors(config, tensors)
    expect(config).toMatchObject({ numLocalExperts: 128, hiddenSize: 2880, vocabSize: 1024 })

    // The reference unpacks every chosen expert of 25 million weights, so two tokens have to do.
    const tokens = [77, 512]
    const model = await loadModel(gpu, config, tensors, { contextTokens: tokens.length })
    expect(model.plan.weights.layers[1]?.gateUp).toHaveLength(8)
    const { session } = await createGenerator(gpu, model.forward, config.vocabSize)
    const read = synthesizedTensors(recipe)
    const expected = reference.forward(config, read, tokens, undefined, asCached)
    for (const kernels of ['prefill', 'decode'] as const) {
      const logits: number[] = []
      for await (const row of session.logits(tokens, kernels)) logits.push(...row)
      expectClose(logits, expected, { absolute: 2e-3 }, [tokens.length, config.vocabSize])
    }
    model.destroy()
  },
)
