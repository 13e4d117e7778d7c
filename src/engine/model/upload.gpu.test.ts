import { afterAll, describe, expect, it } from 'vitest'
import { readBytes } from '../gpu/tensor'
import { openTestGpu } from '../testing/gpu'
import { randomIntegers } from '../testing/random'
import {
  type CheckpointShape,
  checkpointRecipe,
  type SyntheticSource,
  syntheticGgufSource,
  syntheticSource,
} from '../testing/synthetic-checkpoint'
import { openCheckpoint } from '../weights/checkpoint'
import { readBytes as readFile } from '../weights/shard-source'
import type { TensorTable } from '../weights/tensor-table'
import { allocatePlan } from './allocation'
import { parseConfig } from './config'
import { type MemoryPlan, planMemory } from './memory-plan'
import { plannedTensors } from './planned'
import { createUploader } from './upload'
import { checkTensors } from './weights'

const gpu = await openTestGpu()
afterAll(() => gpu.device.destroy())

/** Odd numbers of heads, experts and rows; 5 experts of 4 KB each, so that limits cut them. */
const shape: CheckpointShape = {
  numHiddenLayers: 2,
  numLocalExperts: 5,
  numExpertsPerTok: 2,
  hiddenSize: 64,
  intermediateSize: 96,
  numAttentionHeads: 3,
  numKeyValueHeads: 1,
  headDim: 32,
  vocabSize: 213,
  slidingWindow: 8,
}
const recipe = checkpointRecipe(shape, { seed: 'upload', maxShardBytes: 60_000 })

interface Stretch {
  file: string
  byteOffset: number
  bytes: Uint8Array
}

/** A source's files, and its model planned for a device that binds no more than 20 KB at once. */
async function open(source: SyntheticSource) {
  const gguf = source.files.find((file) => file.endsWith('.gguf'))
  const checkpoint = await openCheckpoint(source, { gguf })
  const config = parseConfig(checkpoint.config)
  checkTensors(config, checkpoint.tensors)
  const traits = {
    features: gpu.features,
    limits: { maxBufferSize: 20_000, maxStorageBufferBindingSize: 20_000 },
  }
  const plan = planMemory(config, checkpoint.tensors, traits, { contextTokens: 8 })
  const files = await Promise.all(
    source.files.map(async (file): Promise<Stretch> => {
      const bytes = await readFile(source, file, 0, await source.byteLength(file))
      return { file, byteOffset: 0, bytes }
    }),
  )
  return { tensors: checkpoint.tensors, plan, files }
}

/** What every weight buffer holds, by label, after these stretches were accepted. */
async function uploaded(
  { plan, tensors }: { plan: MemoryPlan; tensors: TensorTable },
  stretches: readonly Stretch[],
) {
  const planned = plannedTensors(plan.weights)
  const allocation = allocatePlan(gpu, plan, tensors)
  const uploader = createUploader(gpu, plan, allocation, tensors)
  try {
    await Promise.all(
      stretches.map(({ file, byteOffset, bytes }) => uploader.accept(file, byteOffset, bytes)),
    )
    await uploader.finish()
    const contents = new Map<string, Uint8Array>()
    for (const tensor of planned)
      contents.set(tensor.label, new Uint8Array(await readBytes(gpu, allocation.tensor(tensor))))
    return contents
  } finally {
    uploader.destroy()
    allocation.destroy()
  }
}

/** Much faster than `toEqual`, which would also print what differs. */
const sameBytes = (a: Uint8Array, b: Uint8Array | undefined) =>
  b !== undefined && Buffer.compare(a, b) === 0

/** The files cut into stretches of 1 to `most` bytes, all of them in a random order. */
function shuffled(files: readonly Stretch[], most: number, seed: number): Stretch[] {
  const next = randomIntegers(seed)
  const stretches = files.flatMap(({ file, bytes }) => {
    const cut: Stretch[] = []
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(at + 1 + (next() % most), bytes.length)
      cut.push({ file, byteOffset: at, bytes: bytes.subarray(at, end) })
      at = end
    }
    return cut
  })
  return stretches
    .map((stretch) => ({ stretch, rank: next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ stretch }) => stretch)
}

describe.each([
  { format: 'safetensors', source: syntheticSource(recipe) },
  { format: 'GGUF in BF16', source: syntheticGgufSource(recipe, 'BF16') },
  { format: 'GGUF in F16', source: syntheticGgufSource(recipe, 'F16') },
  { format: 'GGUF in Q8_0', source: syntheticGgufSource(recipe, 'Q8_0') },
])('the upload of $format', ({ source }) => {
  it('fills the same buffers, whatever the order and length of stretches', async () => {
    const model = await open(source)
    const inOrder = await uploaded(model, model.files)
    for (const most of [30, 3000]) {
      const contents = await uploaded(model, shuffled(model.files, most, most))
      for (const [label, bytes] of contents)
        expect(sameBytes(bytes, inOrder.get(label)), `${label}, up to ${most}`).toBe(true)
    }
  })
})

describe('the upload of a GGUF', () => {
  it('gives the buffers of the same weights in safetensors', async () => {
    const published = await open(syntheticSource(recipe))
    const gguf = await open(syntheticGgufSource(recipe, 'BF16'))
    const router = /router\.weight/ // F32 in a GGUF, as is the custom
    const expected = await uploaded(published, published.files)
    const found = await uploaded(gguf, shuffled(gguf.files, 1000, 1))
    expect([...found.keys()]).toEqual([...expected.keys()])
    for (const [label, bytes] of found)
      if (!router.test(label)) expect(sameBytes(bytes, expected.get(label)), label).toBe(true)
  })
})

describe('an uploader that is fed wrongly', () => {
  const source = syntheticSource(recipe)

  it('says which bytes have not come', async () => {
    const model = await open(source)
    const stretches = model.files.map((stretch, i) =>
      i === model.files.length - 2 ? { ...stretch, bytes: stretch.bytes.subarray(0, -1) } : stretch,
    )
    await expect(uploaded(model, stretches)).rejects.toThrow(/some have not come/)
  })

  it('says which bytes come a second time', async () => {
    const model = await open(source)
    const again = model.files.filter(({ file }) => file.endsWith('.safetensors')).slice(0, 1)
    await expect(uploaded(model, [...model.files, ...again])).rejects.toThrow(/a second time/)
  })
})
