import { describe, expect, it } from 'vitest'
import { readJson, tinyFolder } from '../testing/golden'
import { tensorByteLength } from '../weights/tensor-table'
import { type ModelConfig, parseConfig } from './config'
import {
  bufferContents,
  type DeviceTraits,
  largestContext,
  type MemoryPlan,
  type MemorySizes,
  planMemory,
  plannedBuffers,
} from './memory-plan'
import type { PlannedTensor } from './planned'
import { type CheckpointFormat, type ExpectedTensor, expectedTensors } from './weights'

const MiB = 2 ** 20
const GiB = 2 ** 30

const published = (numHiddenLayers: number, numLocalExperts: number): ModelConfig => ({
  ...parseConfig(readJson(new URL('config.json', tinyFolder))),
  numHiddenLayers,
  layerTypes: Array.from({ length: numHiddenLayers }, (_, layer) =>
    layer % 2 === 0 ? 'sliding_attention' : 'full_attention',
  ),
  slidingWindow: 128,
  numLocalExperts,
  hiddenSize: 2880,
  intermediateSize: 2880,
  numAttentionHeads: 64,
  numKeyValueHeads: 8,
  headDim: 64,
  vocabSize: 201_088,
  maxPositionEmbeddings: 131_072,
})
const gptOss20b = published(24, 32)
const gptOss120b = published(36, 128)

const device = (bytes: number): DeviceTraits => ({
  limits: { maxBufferSize: bytes, maxStorageBufferBindingSize: bytes },
})

const plan = (
  config: ModelConfig,
  traits: DeviceTraits,
  { contextTokens = 8192, format = 'safetensors' as CheckpointFormat } = {},
) => planMemory(config, expectedTensors(config, format), traits, { contextTokens })

const sum = (numbers: Iterable<number>) => Array.from(numbers).reduce((a, b) => a + b, 0)

const pieces = ({ weights }: MemoryPlan) => ({
  embedding: weights.embedding.length,
  head: weights.head.length,
  qkv: weights.layers.map(({ qkv }) => qkv.length),
  gateUp: weights.layers.map(({ gateUp }) => gateUp.length),
  down: weights.layers.map(({ down }) => down.length),
})

describe.each([
  {
    name: 'gpt-oss-20b',
    config: gptOss20b,
    /** Files as published, and 2 bytes more for each element of a vector, of which these are. */
    weightBytes: 13_761_264_768 + 2 * (24 * (5760 + 5120 + 64 + 2880 + 32 + 276_480) + 2880),
    fullLayers: 12,
    limits: [
      { bytes: 128 * MiB, rows: 9, gateUp: 2, down: 1 },
      { bytes: GiB, rows: 2, gateUp: 1, down: 1 },
      { bytes: 2 * GiB, rows: 1, gateUp: 1, down: 1 },
      { bytes: 4 * GiB, rows: 1, gateUp: 1, down: 1 },
    ],
  },
  {
    name: 'gpt-oss-120b',
    config: gptOss120b,
    weightBytes: 65_248_815_744 + 2 * (36 * (5760 + 5120 + 64 + 2880 + 128 + 1_105_920) + 2880),
    fullLayers: 18,
    limits: [
      { bytes: 128 * MiB, rows: 9, gateUp: 8, down: 4 },
      { bytes: GiB, rows: 2, gateUp: 1, down: 1 },
      { bytes: 2 * GiB, rows: 1, gateUp: 1, down: 1 },
      { bytes: 4 * GiB, rows: 1, gateUp: 1, down: 1 },
    ],
  },
])('the plan of $name', ({ config, weightBytes, fullLayers, limits }) => {
  it.each(limits)('cuts tensors where $bytes bytes demand it', ({ bytes, rows, gateUp, down }) => {
    const planned = plan(config, device(bytes))
    const everyLayer = (count: number) => Array(config.numHiddenLayers).fill(count)
    expect(pieces(planned)).toEqual({
      embedding: rows,
      head: rows,
      qkv: everyLayer(1),
      gateUp: everyLayer(gateUp),
      down: everyLayer(down),
    })
    expect(planned.excess).toBeUndefined()
    expect(Math.max(...plannedBuffers(planned).map((b) => b.byteLength))).toBeLessThanOrEqual(bytes)
    expect(planned.weightBytes).toBe(weightBytes)
  })

  it.each(limits)('places every byte of the files once within $bytes bytes', ({ bytes }) => {
    for (const format of ['safetensors', 'gguf'] as const) {
      const tensors = expectedTensors(config, format)
      const ends = new Map<string, number>()
      for (const { tensor, first, count } of plan(config, device(bytes), { format }).placements) {
        if (first !== (ends.get(tensor) ?? 0)) throw new Error(`${tensor}: a gap before ${first}`)
        ends.set(tensor, first + count)
      }
      expect(ends).toEqual(new Map(Array.from(tensors, ([name, { shape }]) => [name, shape[0]])))
    }
  })

  it('adds up', () => {
    const planned = plan(config, device(GiB))
    const { kvCacheBytes, scratchBytes, totalBytes, staging } = planned
    // Full layers hold the context; as many sliding ones a window, a chunk and 16 windows besides.
    const positions = 8192 + (128 + 1024) + 16 * 128
    expect(kvCacheBytes).toBe(fullLayers * positions * 2048)
    expect(totalBytes).toBe(weightBytes + kvCacheBytes + scratchBytes)
    const buffers = plannedBuffers(planned)
    expect(sum(buffers.map((b) => b.byteLength)) + staging.totalBytes).toBe(totalBytes)
    expect(new Set(buffers.map((b) => b.label)).size).toBe(buffers.length)
    // 1024 tokens at a time: 94.4 MB between the experts, 11.8 MB in each of two residual streams …
    expect(scratchBytes).toBeGreaterThan(150e6)
    expect(scratchBytes).toBeLessThan(220e6)
  })
})

describe('what a buffer holds', () => {
  it('is told by tensor, rows and experts', () => {
    const contents = bufferContents(plan(gptOss120b, device(128 * MiB)))
    const holds = (label: string) => {
      const found = contents.find(({ buffer }) => buffer.label === label)
      return found?.holds.map(({ tensor, first, count }) => [tensor, first, count])
    }
    expect(holds('lm_head.weight, rows 23301 to 46601')).toEqual([
      ['lm_head.weight', 23_301, 23_301],
    ])
    const experts = 'model.layers.35.mlp.experts.gate_up_proj'
    expect(holds(`${experts}_scales, experts 112 to 127`)).toEqual([[`${experts}_scales`, 112, 16]])
    const attention = 'model.layers.0.self_attn'
    expect(holds(`${attention}.qkv.weight`)).toEqual([
      [`${attention}.q_proj.weight`, 0, 4096],
      [`${attention}.k_proj.weight`, 0, 512],
      [`${attention}.v_proj.weight`, 0, 512],
    ])
    expect(holds('layer 0 key cache')).toEqual([])
  })

  it('fills copies without gap or overlap', () => {
    const tensors = expectedTensors(gptOss120b)
    const { placements, weights } = plan(gptOss120b, device(128 * MiB))
    const ends = new Map<PlannedTensor, number>()
    for (const { tensor, count, target } of placements) {
      if (target.kind !== 'copy') continue
      const { dtype, shape } = tensors.get(tensor) as ExpectedTensor
      const bytes = (tensorByteLength(dtype, shape) as number) / (shape[0] as number)
      if (target.byteOffset !== (ends.get(target.to) ?? 0))
        throw new Error(`a gap before ${tensor}`)
      ends.set(target.to, target.byteOffset + count * bytes)
    }
    const filled = [...ends].filter(([buffer, end]) => buffer.byteLength === end)
    expect(filled).toHaveLength(ends.size)
    expect(ends.has(weights.layers[0]?.down[3]?.scales as PlannedTensor)).toBe(true)
  })
})

describe('a GGUF of the same model', () => {
  const planned = plan(gptOss20b, device(GiB), { format: 'gguf' })

  it('lays gate and up in turn in one buffer', () => {
    const experts = 'model.layers.0.mlp.experts'
    const targets = planned.placements.filter(({ tensor }) => tensor.startsWith(experts))
    const weight = planned.weights.layers[0]?.gateUp[0]
    expect(targets.slice(0, 4)).toMatchObject([
      { tensor: `${experts}.gate_proj`, target: { kind: 'mxfp4', rows: 'even' } },
      { tensor: `${experts}.gate_proj_bias`, target: { kind: 'widen', offset: 0, stride: 2 } },
      { tensor: `${experts}.up_proj`, target: { kind: 'mxfp4', rows: 'odd' } },
      { tensor: `${experts}.up_proj_bias`, target: { kind: 'widen', offset: 1, stride: 2 } },
    ])
    expect(weight?.blocks.shape).toEqual([32, 5760, 90, 16])
  })

  it('takes as much for experts, and 34 bytes for 32 elements of a Q8_0 matrix', () => {
    const elements = 2 * 201_088 * 2880 + 24 * (5120 + 4096) * 2880
    const router = 24 * 32 * 2880
    const bf16 = plan(gptOss20b, device(GiB))
    expect(planned.weightBytes).toBe(
      bf16.weightBytes - 2 * elements + (elements / 32) * 34 + 2 * router,
    )
    expect(planned.staging.rawBytes).toBe(planned.staging.slotBytes)
    expect(bf16.staging.rawBytes).toBe(0)
  })

  it('keeps q, k and v apart where their formats differ', () => {
    const tensors = expectedTensors(gptOss20b, 'gguf')
    const name = 'model.layers.3.self_attn.v_proj.weight'
    tensors.set(name, { dtype: 'F16', shape: [512, 2880], family: 'attention' })
    const { weights } = planMemory(gptOss20b, tensors, device(GiB), { contextTokens: 1 })
    expect(
      weights.layers[3]?.qkv.map(({ firstRow, weight }) => [
        firstRow,
        weight.format,
        weight.values.shape,
      ]),
    ).toEqual([
      [0, 'q8_0', [4096, 2880]],
      [4096, 'q8_0', [512, 2880]],
      [4608, 'f16', [512, 2880]],
    ])
  })
})

describe('what passes the limits', () => {
  it('is the cache of a layer, of more positions than the longest context has in 128 MiB', () => {
    const longest = { contextTokens: 131_072 }
    expect(plan(gptOss20b, device(128 * MiB), longest).excess).toBeUndefined()
    expect(plan(gptOss20b, device(64 * MiB), longest).excess).toEqual({
      limit: 'maxBufferSize',
      needed: 128 * MiB,
      offered: 64 * MiB,
      purpose: 'layer 1 key cache',
      largestContextTokens: 65_536,
    })
  })

  it('is a matrix that is not cut, for which no context is short enough', () => {
    expect(plan(gptOss20b, device(8_000_000)).excess).toEqual({
      limit: 'maxBufferSize',
      needed: 23_592_960,
      offered: 8_000_000,
      purpose: 'model.layers.0.self_attn.q_proj.weight',
      largestContextTokens: 0,
    })
  })

  it('is found at once for a config that nobody could run', () => {
    const hostile = { ...gptOss20b, vocabSize: 2 ** 31 - 1, numLocalExperts: 2 ** 31 - 1 }
    expect(plan(hostile, device(128 * MiB)).excess).toMatchObject({ largestContextTokens: 0 })
  })
})

describe('largestContext', () => {
  const tensors = expectedTensors(gptOss20b)
  const traits = device(GiB)

  it('leaves no room for one token more', () => {
    const bytes = 14.5e9
    const tokens = largestContext(gptOss20b, tensors, traits, bytes)
    const total = (contextTokens: number) =>
      planMemory(gptOss20b, tensors, traits, { contextTokens, withinBytes: bytes }).totalBytes
    expect(total(tokens)).toBeLessThanOrEqual(bytes)
    expect(total(tokens + 1)).toBeGreaterThan(bytes)
  })

  it("ends at the model's maximum, and at nothing", () => {
    expect(largestContext(gptOss20b, tensors, traits, 80e9)).toBe(131_072)
    expect(largestContext(gptOss20b, tensors, traits, 13e9)).toBe(0)
  })
})

describe('the tokens prefilled at a time', () => {
  const chunkOf = (
    config: ModelConfig,
    sizes: Partial<MemorySizes> = {},
    traits: DeviceTraits = device(128 * MiB),
  ) => planMemory(config, expectedTensors(config), traits, { contextTokens: 8192, ...sizes })

  it('are 1024 where their buffers are little beside the weights, and 256 elsewhere', () => {
    for (const config of [gptOss20b, gptOss120b]) {
      const { chunkTokens, totalBytes, weightBytes } = chunkOf(config)
      expect(chunkTokens).toBe(1024)
      const shortest = chunkOf(config, { chunkTokens: 256 }).totalBytes
      expect((totalBytes - shortest) / weightBytes).toBeLessThan(0.011)
    }
    expect(chunkOf(published(6, 32)).chunkTokens).toBe(512)
    expect(chunkOf({ ...published(2, 32), vocabSize: 8192 }).chunkTokens).toBe(256)
    expect(chunkOf(gptOss20b, { contextTokens: 100 }).chunkTokens).toBe(100)
    expect(chunkOf(gptOss20b, { chunkTokens: 700 }).chunkTokens).toBe(700)
  })

  it('are fewer before a device has no room for the context, or for a buffer', () => {
    const within = (withinBytes: number) => chunkOf(gptOss20b, { withinBytes })
    const most = within(Number.POSITIVE_INFINITY).totalBytes
    expect(within(most).chunkTokens).toBe(1024)
    expect(within(most - 1).chunkTokens).toBe(512)
    const fewest = within(0)
    expect(fewest.chunkTokens).toBe(256)
    expect(within(fewest.totalBytes).chunkTokens).toBe(256)
    expect(fewest.excess).toBeUndefined()
    // Between the experts, 1024 tokens take 47 MB in one buffer.
    const narrow = chunkOf(gptOss20b, {}, device(40 * MiB))
    expect(narrow.chunkTokens).toBe(512)
    expect(narrow.excess).toBeUndefined()
  })
})

describe('the cache of a sliding layer', () => {
  const tensors = expectedTensors(gptOss20b)
  const cacheOf = (contextTokens: number, chunkTokens?: number) =>
    planMemory(gptOss20b, tensors, device(GiB), { contextTokens, chunkTokens }).cache

  it('holds the whole context where that is no more than ring and snapshots', () => {
    const { layers, snapshots } = cacheOf(3200)
    expect(layers.map(({ keys }) => keys.shape[0])).toEqual(Array(24).fill(3200))
    expect(snapshots).toEqual([])
  })

  it('is a ring of window and chunk, in whole blocks, beyond', () => {
    const { layers, snapshots } = cacheOf(3201)
    expect(layers.slice(0, 2).map(({ values }) => values.shape)).toEqual([
      [1152, 8, 64],
      [3201, 8, 64],
    ])
    expect(snapshots.map(({ keys }) => keys.shape)).toEqual(Array(12).fill([2048, 8, 64]))
    expect(cacheOf(8192, 100).layers[0]?.keys.shape[0]).toBe(256)
  })

  it('takes little of the longest context', () => {
    const { kvCacheBytes } = plan(gptOss20b, device(GiB), { contextTokens: 131_072 })
    expect(kvCacheBytes / (12 * 131_072 * 2048)).toBeLessThan(1.025)
  })
})
