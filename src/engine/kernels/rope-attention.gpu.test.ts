import { describe, expect, it } from 'vitest'
import * as reference from '../reference'
import { expectClose } from '../testing/closeness'
import type { TestGpu } from '../testing/gpu'
import { randomBf16, randomF16, randomF32 } from '../testing/random'
import { openSubgroupsAlone, openVariants } from '../testing/variants'
import { type AttentionMeans, attention, attentionMeans } from './attention'
import { attentionMerge } from './attention-merge'
import { rope } from './rope'
import { ropeAttention } from './rope-attention'
import { mostSplits, splitsAt } from './splits'

const variants = [...(await openVariants()), ...(await openSubgroupsAlone())].flatMap((variant) =>
  attentionMeans(variant.gpu).map((by) => ({ ...variant, by })),
)

describe.each(variants)('ropeAttention by $by ($variant)', ({ gpu, by }) => {
  // The kernel by subgroups is for heads of 64 elements, and leaves others to the other one.
  const narrow = by === 'subgroups' ? 64 : 32
  const same = (shape: Omit<Case, 'by'>) => expectSame(gpu, { ...shape, by })

  it.each([
    { heads: 1, kvHeads: 1, because: 'one of each' },
    { heads: 3, kvHeads: 1, because: 'a quad with a head too few' },
    { heads: 8, kvHeads: 1, because: 'two quads rotate the same key' },
    { heads: 10, kvHeads: 2, because: 'quads of four heads and of one' },
    { heads: 4, kvHeads: 4, because: 'every head its own keys' },
    { heads: 20, kvHeads: 2, because: 'an octet of heads and one of two' },
  ])('is rope, then attention, for $heads heads on $kvHeads: $because', async (shape) => {
    await same({ ...shape, headDim: narrow, position: 37 })
  })

  it.each([
    { headDim: 64, position: 0, window: 0, because: 'the only key is its own' },
    { headDim: 64, position: 63, window: 0, because: 'its own key ends a block' },
    { headDim: 64, position: 64, window: 0, because: 'its own key begins a block' },
    { headDim: 64, position: 200, window: 128, because: "gpt-oss's window and head" },
    { headDim: narrow, position: 31, window: 32, because: 'the window is just full' },
    { headDim: narrow, position: 32, window: 32, because: 'the first key falls out of the window' },
    { headDim: narrow, position: 96, window: 32, because: 'the window ends with a block of one' },
    { headDim: narrow, position: 40, window: 1, because: 'a token that sees itself alone' },
    { headDim: 128, position: 130, window: 0, because: 'the widest head' },
  ])('headDim $headDim at $position, window $window: $because', async (shape) => {
    await same({ heads: 4, kvHeads: 2, ...shape })
  })

  it.each([
    { position: 63, because: 'its own key fills the ring' },
    { position: 64, because: 'its own key overwrites the first' },
    { position: 70, because: 'the window lies across the end' },
  ])('in a ring of 64 at $position: $because', async ({ position }) => {
    const ring = { window: 32, capacity: 64 }
    await same({ heads: 8, kvHeads: 2, headDim: narrow, position, ...ring })
  })

  it.each([
    { position: 1022, parts: 1, because: 'one key short of the most that are not divided' },
    { position: 1023, parts: 1, because: 'the most keys that are not divided' },
    { position: 1024, parts: 5, because: 'the last part has its own key alone' },
    { position: 1025, parts: 5, because: 'the last part has one of the cache' },
    { position: 1279, parts: 5, because: 'the last part is full' },
    { position: 1280, parts: 6, because: 'the last part has just begun' },
    { position: 1500, parts: 6, because: 'the last part ends within a block' },
    { position: 1100, headDim: 128, parts: 5, because: 'the widest head' },
    { position: 1100, headDim: 24, parts: 5, because: 'parts of whole blocks, 264 keys' },
    {
      position: 16384,
      headDim: narrow,
      parts: 33,
      because: 'there are too many keys for parts of 256',
    },
  ])('divides the keys at $position into $parts parts: $because', async (given) => {
    const { position, parts, headDim = 64 } = given
    expect(splitsAt(position, headDim)).toBe(parts)
    await expectMatch(gpu, { heads: 3, kvHeads: 1, headDim, position, by })
  })

  it.each([
    { sink: 30, because: 'takes almost all and leaves the values little' },
    { sink: -1e30, because: 'takes nothing' },
    { sink: 9, because: 'takes part' },
  ])('a sink of $sink $because, beside divided keys', async ({ sink }) => {
    await expectMatch(gpu, { heads: 10, kvHeads: 2, headDim: narrow, position: 1333, sink, by })
  })

  it('divides no keys of a sliding layer', async () => {
    await same({ heads: 4, kvHeads: 2, headDim: narrow, position: 2000, window: 128 })
  })

  it('leaves the cache alone once a stop token has ended the work', async () => {
    const cache = () => gpu.f16([2, 1, 64], Array(128).fill(-77))
    const [keys, values, y] = [cache(), cache(), gpu.f32([1, 64], Array(64).fill(-77))]
    const dispatch = ropeAttention(gpu, {
      step: gpu.step({ position: 1, done: true }),
      rotations: gpu.f32([2, 32, 2], Array(128).fill(1)),
      qkv: gpu.f32([1, 192], Array(192).fill(1)),
      keys,
      values,
      sinks: gpu.f32([1], [0]),
      y,
      partials: gpu.f32([1, 1, 66]),
      window: 0,
      by,
    })
    await gpu.run(dispatch)
    for (const cached of [keys, values])
      expect([...(await gpu.readF16(cached))]).toEqual(Array(128).fill(-77))
    expect([...(await gpu.readF32(y))]).toEqual(Array(64).fill(-77))
  })
})

interface Case {
  heads: number
  kvHeads: number
  headDim: number
  position: number
  window?: number
  /** Positions that the cache holds; more than there are, unless told otherwise. */
  capacity?: number
  by: AttentionMeans
}

/** Compares what is attended to, and both caches, with what the two plain kernels leave. */
async function expectSame(gpu: TestGpu, shape: Case) {
  const { heads, kvHeads, headDim, position, window = 0, capacity = position + 3, by } = shape
  const positions = position + 3
  const cacheShape = [capacity, kvHeads, headDim]
  const cacheSize = capacity * kvHeads * headDim
  const width = (heads + 2 * kvHeads) * headDim
  const values = {
    qkv: randomF32(width, 1, 4),
    keys: randomF16(cacheSize, 2),
    values: randomF16(cacheSize, 3),
    sinks: randomBf16(heads, 4, 2),
    rotations: randomF32(positions * headDim, 5),
  }
  const run = async (kernel: 'fused' | 'plain') => {
    const operands = {
      step: gpu.step({ position }),
      qkv: gpu.f32([1, width], values.qkv),
      keys: gpu.f16(cacheShape, values.keys),
      values: gpu.f16(cacheShape, values.values),
    }
    const rotations = gpu.f32([positions, headDim / 2, 2], values.rotations)
    const sinks = gpu.f32([heads], values.sinks)
    const y = gpu.f32([1, heads * headDim])
    const partials = gpu.f32([1, heads, headDim + 2])
    await gpu.run(
      kernel === 'fused'
        ? ropeAttention(gpu, { ...operands, rotations, sinks, y, partials, window, by })
        : [
            rope(gpu, { ...operands, rotations }),
            attention(gpu, { ...operands, sinks, y, window }),
          ],
      1,
      position,
    )
    return {
      y: await gpu.readF32(y),
      keys: await gpu.readF16(operands.keys),
      values: await gpu.readF16(operands.values),
    }
  }
  const [fused, plain] = [await run('fused'), await run('plain')]
  expect(fused.values).toEqual(plain.values)
  // A compiler may fuse a product into a sum in one kernel and not in the other. No key here is so near the middle of two
  // halves that it would become the other.
  expect(fused.keys).toEqual(plain.keys)
  expectClose(fused.y, plain.y, { absolute: 2 ** -19 })
}

/** Compares what one token attends to in a full layer with the reference; nothing is rotated. */
async function expectMatch(
  gpu: TestGpu,
  shape: Omit<Case, 'window' | 'capacity'> & { sink?: number },
) {
  const { heads, kvHeads, headDim, position, sink, by } = shape
  const positions = position + 1
  const rowLength = kvHeads * headDim
  const scale = 4
  // As in the cache: the token's own key and value are rounded on their way there.
  const queries = randomF32(heads * headDim, 1, scale)
  const keys = randomF16(positions * rowLength, 2)
  const values = randomF16(positions * rowLength, 3)
  const sinks = randomBf16(heads, 4, 2)
  if (sink !== undefined) sinks.fill(Math.fround(sink))
  const own = position * rowLength
  const cached = (written: Float32Array) =>
    gpu.f16([positions, kvHeads, headDim], written.with(own, 60000))
  const rotation = Array.from({ length: positions * headDim }, (_, i) => (i + 1) % 2)
  const step = gpu.step({ position })
  const y = gpu.f32([1, heads * headDim])
  const partials = gpu.f32([mostSplits(positions, headDim), heads, headDim + 2])
  await gpu.run(
    [
      ropeAttention(gpu, {
        step,
        rotations: gpu.f32([positions, headDim / 2, 2], rotation),
        qkv: gpu.f32(
          [1, (heads + 2 * kvHeads) * headDim],
          [...queries, ...keys.subarray(own), ...values.subarray(own)],
        ),
        keys: cached(keys),
        values: cached(values),
        sinks: gpu.f32([heads], sinks),
        y,
        partials,
        window: 0,
        by,
      }),
      attentionMerge(gpu, { step, partials, y }),
    ],
    1,
    position,
  )
  const shapes = { numAttentionHeads: heads, numKeyValueHeads: kvHeads, headDim }
  const { output } = reference.attention(queries, keys, values, sinks, shapes, Infinity)
  // As in attention.gpu.test.ts: what matters is the error of a score.
  const scoreError = scale * headDim ** 0.5 * 2 ** -22
  expectClose(await gpu.readF32(y), output, { absolute: 2e-7 + scoreError }, [heads, headDim])
}
