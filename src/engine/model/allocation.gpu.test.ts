import { describe, expect, it } from 'vitest'
import { type Gpu, openGpu } from '../gpu/device'
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

/** Head first, as its file has it; then the embedding, and what is small. */
const recipe = checkpointRecipe(shape, { seed: 'allocation' })
recipe.tensors.sort((a, b) => (a.name < b.name ? -1 : 1))
const source = syntheticSource(recipe)
const { config: json, tensors } = await openCheckpoint(source)
const config = parseConfig(json)

const accept = (model: OpeningModel, name: string) => {
  const { file, byteOffset } = tensors.get(name)
  return model.accept(file, byteOffset, new Uint8Array(1024))
}
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

/** Keeps the device's answers about memory back, after so many of them; returns what lets them go. */
function holdAnswers({ device }: Gpu, after: number): () => void {
  const { promise: released, resolve: release } = deferred<void>()
  const popErrorScope = device.popErrorScope.bind(device)
  let answers = 0
  device.popErrorScope = async () => {
    const answer = await popErrorScope()
    if (++answers > after) await released
    return answer
  }
  return () => release()
}

describe('a model that is being allocated', () => {
  it('takes weights whose buffers are there, and those of others when theirs are', async () => {
    const gpu = await openGpu(webgpu)
    // The staging buffers, and the head.
    const release = holdAnswers(gpu, 2)
    const model = await openModel(gpu, config, tensors, sizes)
    await accept(model, head)
    const rest = accept(model, embedding)
    expect(await isSettled(rest)).toBe(false)
    expect(await isSettled(model.forward)).toBe(false)
    release()
    await rest
    expect((await model.forward).contextTokens).toBe(sizes.contextTokens)
    model.destroy()
    gpu.device.destroy()
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
      const webgpu = limitedGpu({ bytes: headBytes + 1_000_000, losesDevice })
      for (const time of ['first', 'second']) {
        const gpu = await openGpu(webgpu)
        const model = await openModel(gpu, config, tensors, sizes)
        const { contextTokens, weightBytes, kvCacheBytes, scratchBytes, totalBytes } = model.plan
        const refusal = {
          code: 'device-out-of-memory',
          ...{ contextTokens, weightBytes, kvCacheBytes, scratchBytes, totalBytes },
        }
        const early = accept(model, head)
        expect(await failure(() => model.forward), time).toEqual(refusal)
        expect(await failure(() => accept(model, embedding)), time).toEqual(refusal)
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
    const labels: (string | undefined)[] = []
    const createBuffer = gpu.device.createBuffer.bind(gpu.device)
    gpu.device.createBuffer = (description) => {
      labels.push(description.label)
      return createBuffer(description)
    }
    const release = holdAnswers(gpu, 2)
    const model = await openModel(gpu, config, tensors, sizes)
    await accept(model, head)
    expect(await isSettled(model.forward)).toBe(false)
    const asked = [...labels]
    expect(asked.filter((label) => label?.startsWith('staging'))).not.toEqual([])
    model.destroy()
    release()
    await expect(model.forward).rejects.toThrow(/not wanted any more/)
    expect(labels).toEqual(asked)
    gpu.device.destroy()
  })
})
