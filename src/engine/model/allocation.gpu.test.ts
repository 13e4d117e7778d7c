import { describe, expect, it, vi } from 'vitest'
import { type Gpu, openGpu } from '../gpu/device'
import { compileDispatches } from '../gpu/kernel'
import { webgpu } from '../testing/gpu'
import { limitedGpu } from '../testing/limited-gpu'
import { failure } from '../testing/memory-source'
import { checkpointRecipe, syntheticSource } from '../testing/synthetic-checkpoint'
import { deferred } from '../turns'
import { openCheckpoint } from '../weights/checkpoint'
import { allocatePlan } from './allocation'
import { parseConfig } from './config'
import { type OpeningModel, openModel } from './load'
import { planMemory, plannedBuffers } from './memory-plan'

/** Its head and its embedding take 34 MB each, more than is asked for at once. */
const shape = {
  numHiddenLayers: 1,
  numLocalExperts: 4,
  numExpertsPerTok: 2,
  hiddenSize: 96,
  intermediateSize: 64,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 32,
  vocabSize: 177_000,
  slidingWindow: 8,
}
const headBytes = 2 * shape.vocabSize * shape.hiddenSize
const sizes = { contextTokens: 16, chunkTokens: 8 }
const unlimited = {
  limits: { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 },
}

/** What is small first, as its file has it; then the embedding, and the head. */
const recipe = checkpointRecipe(shape, { seed: 'allocation' })
recipe.tensors.sort((a, b) => (a.name < b.name ? 1 : -1))
const source = syntheticSource(recipe)
const { config: json, tensors } = await openCheckpoint(source)
const config = parseConfig(json)

const accept = (model: OpeningModel, name: string) => {
  const { file, byteOffset, byteLength } = tensors.get(name)
  return model.accept(file, byteOffset, new Uint8Array(Math.min(byteLength, 1024)))
}
const norm = 'model.norm.weight'
const head = 'lm_head.weight'
const embedding = 'model.embed_tokens.weight'

/** Whether a promise has settled once the device has had time to answer. */
async function isSettled(work: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => {
    settled = true
  }
  work.then(settle, settle)
  await new Promise((resolve) => setTimeout(resolve, 100))
  return settled
}

/** Keeps back the device's answer whether there is room for a buffer; returns what lets it go. */
function holdAnswer({ device }: Gpu, label: string): () => void {
  const { promise: released, resolve: release } = deferred<void>()
  const createBuffer = device.createBuffer.bind(device)
  const popErrorScope = device.popErrorScope.bind(device)
  let isAsked = false
  device.createBuffer = (description) => {
    isAsked ||= description.label === label
    return createBuffer(description)
  }
  device.popErrorScope = () => {
    const held = isAsked ? released : undefined
    isAsked = false
    return popErrorScope().then((answer) => held?.then(() => answer) ?? answer)
  }
  return () => release()
}

/** The labels of all buffers that are asked for from now on. */
function recordBuffers({ device }: Gpu): (string | undefined)[] {
  const labels: (string | undefined)[] = []
  const createBuffer = device.createBuffer.bind(device)
  device.createBuffer = (description) => {
    labels.push(description.label)
    return createBuffer(description)
  }
  return labels
}

describe('a model that is being allocated', () => {
  it('takes weights whose buffers are there, and those of others when theirs are', async () => {
    const gpu = await openGpu(webgpu)
    const release = holdAnswer(gpu, head)
    const model = await openModel(gpu, config, tensors, sizes)
    await accept(model, embedding)
    const rest = accept(model, head)
    expect(await isSettled(rest)).toBe(false)
    expect(await isSettled(model.forward)).toBe(false)
    release()
    await rest
    expect((await model.forward).contextTokens).toBe(sizes.contextTokens)
    model.destroy()
    gpu.device.destroy()
  })

  it('compiles the pipelines of a layer while buffers of others are still to come', async () => {
    const gpu = await openGpu(webgpu)
    const { device } = gpu
    const compiled = new Set<string | undefined>()
    const createComputePipeline = device.createComputePipelineAsync.bind(device)
    device.createComputePipelineAsync = async (description) => {
      const pipeline = await createComputePipeline(description)
      compiled.add(description.label)
      return pipeline
    }
    const release = holdAnswer(gpu, embedding)
    const model = await openModel(gpu, config, tensors, sizes)
    await vi.waitFor(() => expect(compiled).toContain('rope_attention'), { timeout: 60_000 })
    expect(compiled).not.toContain('embedding')
    expect(await isSettled(model.forward)).toBe(false)
    release()
    const { prefill, decode, head: last } = await model.forward
    const dispatches = [prefill, decode].flatMap(({ embedding, layers }) => [
      ...embedding,
      ...layers.flat(),
    ])
    await compileDispatches([...dispatches, ...last])
    expect(compiled).toContain('embedding')
    model.destroy()
    device.destroy()
  })

  it('is not held up for good by weights that come without a pause', async () => {
    const gpu = await openGpu(webgpu)
    const plan = planMemory(config, tensors, gpu, sizes)
    const allocation = allocatePlan(gpu, plan, tensors)
    allocation.letPass(new Promise(() => {}))
    await allocation.ready(plannedBuffers(plan))
    expect(allocation.tensor(plan.rotations).shape[0]).toBe(sizes.contextTokens)
    allocation.destroy()
    gpu.device.destroy()
  })

  it.each([false, true])(
    'says that there is no room as soon as that is known, and keeps none, device lost: %s',
    async (losesDevice) => {
      // The embedding is refused, and the head is still to come.
      const bytes = planMemory(config, tensors, unlimited, sizes).totalBytes - 2 * headBytes
      const webgpu = limitedGpu({ bytes, losesDevice })
      for (const time of ['first', 'second']) {
        const gpu = await openGpu(webgpu)
        const asked = recordBuffers(gpu)
        const model = await openModel(gpu, config, tensors, sizes)
        const { contextTokens, weightBytes, kvCacheBytes, scratchBytes, totalBytes } = model.plan
        const refusal = {
          code: 'device-out-of-memory',
          ...{ contextTokens, weightBytes, kvCacheBytes, scratchBytes, totalBytes },
        }
        const early = accept(model, norm)
        expect(await failure(() => model.forward), time).toEqual(refusal)
        for (const name of [embedding, head])
          expect(await failure(() => accept(model, name)), time).toEqual(refusal)
        expect(asked).not.toContain(head)
        // A device that went away has taken what it had granted with it.
        if (!losesDevice) await early
        await early.catch(() => {})
        model.destroy()
        gpu.device.destroy()
      }
    },
  )

  it('asks for no more once it is destroyed', async () => {
    const gpu = await openGpu(webgpu)
    const labels = recordBuffers(gpu)
    const release = holdAnswer(gpu, embedding)
    const model = await openModel(gpu, config, tensors, sizes)
    expect(await isSettled(model.forward)).toBe(false)
    const asked = [...labels]
    expect(asked).toContain(embedding)
    model.destroy()
    release()
    await expect(model.forward).rejects.toThrow(/not wanted any more/)
    expect(labels).toEqual(asked)
    gpu.device.destroy()
  })
})
