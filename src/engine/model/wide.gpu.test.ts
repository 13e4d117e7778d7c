import { expect, it } from 'vitest'
import { createGenerator } from '../generate/generate'
import { expectClose } from '../testing/closeness'
import { readGoldenValues, readJson, wideFolder } from '../testing/golden'
import { openTestGpu } from '../testing/gpu'
import { type Recipe, syntheticSource } from '../testing/synthetic-checkpoint'
import { openCheckpoint } from '../weights/checkpoint'
import { parseConfig } from './config'
import { loadModel } from './load'
import { checkTensors } from './weights'

const gpu = await openTestGpu()
const hasSmallBindings = gpu.limits.maxStorageBufferBindingSize <= 128 * 1024 * 1024
if (!hasSmallBindings)
  console.info('skipped here: layers of the real shape need the adapter with 128 MiB bindings')

it.runIf(hasSmallBindings)(
  'gives the golden logits of two layers of the gpt-oss-20b shape within bindings of 128 MiB',
  async () => {
    const { cases } = readJson<{ cases: Record<string, Recipe> }>(
      new URL('recipe.json', wideFolder),
    )
    const checkpoint = await openCheckpoint(syntheticSource(cases.wide as Recipe))
    const config = parseConfig(checkpoint.config)
    checkTensors(config, checkpoint.tensors)
    const golden = readGoldenValues(new URL('golden.safetensors', wideFolder))
    const tokens = [...golden('seq17.tokens')]
    const { forward } = await loadModel(gpu, config, checkpoint.tensors, {
      contextTokens: tokens.length,
    })
    const { session } = await createGenerator(gpu, forward, config.vocabSize)
    for (const kernels of ['prefill', 'decode'] as const) {
      const logits: number[] = []
      for await (const row of session.logits(tokens, kernels)) logits.push(...row)
      // What rounding keys and values to f16 may do, as the golden data suggests.
      expectClose(logits, golden('seq17.logits'), { absolute: 0.15 })
      expect(logits).toHaveLength(tokens.length * config.vocabSize)
    }
  },
)
