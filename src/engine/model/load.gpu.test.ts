import { describe, expect, it } from 'vitest'
import { createGenerator } from '../generate/generate'
import { openTestGpu } from '../testing/gpu'
import { failure } from '../testing/memory-source'
import {
  type CheckpointShape,
  checkpointRecipe,
  type SyntheticSource,
  syntheticGgufSource,
  syntheticSource,
} from '../testing/synthetic-checkpoint'
import { openCheckpoint } from '../weights/checkpoint'
import { parseConfig } from './config'
import { loadModel, openModel } from './load'
import { checkTensors } from './weights'

// One device, since compiling for another takes far longer than all else here.
const gpu = await openTestGpu()

const shape: CheckpointShape = {
  numHiddenLayers: 2,
  numLocalExperts: 6,
  numExpertsPerTok: 2,
  hiddenSize: 96,
  intermediateSize: 64,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 32,
  vocabSize: 500,
  slidingWindow: 8,
}
const recipe = checkpointRecipe(shape, { seed: 'load' })
const contextTokens = 16

async function open(source: SyntheticSource) {
  const gguf = source.files.find((file) => file.endsWith('.gguf'))
  const { config: json, tensors } = await openCheckpoint(source, { gguf })
  const config = parseConfig(json)
  checkTensors(config, tensors)
  return { config, tensors }
}

/** f32 [tokens, vocabulary], through prefill's kernels and then decode's. */
async function logits(source: SyntheticSource): Promise<number[]> {
  const { config, tensors } = await open(source)
  const model = await loadModel(gpu, config, tensors, { contextTokens })
  const { session } = await createGenerator(gpu, model.forward, config.vocabSize)
  const values: number[] = []
  for (const kernels of ['prefill', 'decode'] as const)
    for await (const row of session.logits([1, 17, 256, 499, 3, 17], kernels)) values.push(...row)
  model.destroy()
  return values
}

describe('a GGUF', () => {
  it('gives the logits of the same weights in safetensors, bit for bit', async () => {
    const expected = await logits(syntheticSource(recipe))
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1)
    expect(await logits(syntheticGgufSource(recipe, 'BF16'))).toEqual(expected)
  })
})

describe('openModel', () => {
  it('needs no weight to be bound and compiled, and tells how far it is', async () => {
    const source = syntheticSource(recipe)
    const { config, tensors } = await open(source)
    const progress: [number, number][] = []
    const opening = await openModel(gpu, config, tensors, {
      contextTokens,
      onProgress: (...counts) => progress.push(counts),
    })
    const { session } = await createGenerator(gpu, await opening.forward, config.vocabSize)
    for (const file of source.files.toReversed()) {
      let at = 0
      for await (const bytes of source.read(file, 0, await source.byteLength(file))) {
        await opening.accept(file, at, bytes)
        at += bytes.length
      }
    }
    const { forward } = await opening.finish()
    expect(forward).toBe(await opening.forward)
    const bytes = [...tensors.names()].reduce((sum, name) => sum + tensors.get(name).byteLength, 0)
    expect(progress.at(-1)).toEqual([bytes, bytes])
    const row = await session.logits([5], 'decode').next()
    expect(row.value).toHaveLength(config.vocabSize)
    opening.destroy()
  })

  it('says which buffer passes a limit, and the longest context that does not', async () => {
    const { config, tensors } = await open(syntheticSource(recipe))
    const cacheBytes = 64 * 2 // a token's keys, or its values
    const limits = { maxBufferSize: 1_000_000, maxStorageBufferBindingSize: 1000 * cacheBytes }
    const small = { ...gpu, limits }
    const tooLong = () =>
      openModel(small, config, tensors, { contextTokens: 1001, chunkTokens: 16 })
    expect(await failure(tooLong)).toEqual({
      code: 'limit-exceeded',
      limit: 'maxStorageBufferBindingSize',
      needed: 1001 * cacheBytes,
      offered: 1000 * cacheBytes,
      purpose: 'layer 1 key cache',
      largestContextTokens: 1000,
    })
  })

  // The last test, because no other can use the device afterwards.
  it('takes a device that goes away meanwhile for one without enough memory', async () => {
    const source = syntheticSource(recipe)
    const { config, tensors } = await open(source)
    const opening = await openModel(gpu, config, tensors, { contextTokens })
    gpu.device.destroy()
    const { weightBytes, kvCacheBytes, scratchBytes, totalBytes } = opening.plan
    const facts = { contextTokens, weightBytes, kvCacheBytes, scratchBytes, totalBytes }
    const feed = async () => {
      for (const name of tensors.names()) {
        const { file, byteOffset } = tensors.get(name)
        let at = byteOffset
        for await (const bytes of tensors.read(name)) {
          await opening.accept(file, at, bytes)
          at += bytes.length
        }
      }
      await opening.finish()
    }
    expect(await failure(feed)).toEqual({ code: 'device-out-of-memory', ...facts })
    opening.destroy()
  })
})
