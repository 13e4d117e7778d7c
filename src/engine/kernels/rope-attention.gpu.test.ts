import { describe, expect, it } from 'vitest'
import { expectClose } from '../testing/closeness'
import type { TestGpu } from '../testing/gpu'
import { randomBf16, randomF16, randomF32 } from '../testing/random'
import { openVariants } from '../testing/variants'
import { attention } from './attention'
import { rope } from './rope'
import { ropeAttention } from './rope-attention'

describe.each(await openVariants())('ropeAttention ($variant)', ({ gpu }) => {
  it.each([
    { heads: 1, kvHeads: 1, because: 'one of each' },
    { heads: 3, kvHeads: 1, because: 'a quad with a head too few' },
    { heads: 8, kvHeads: 1, because: 'two quads rotate the same key' },
    { heads: 10, kvHeads: 2, because: 'quads of four heads and of one' },
    { heads: 4, kvHeads: 4, because: 'every head its own keys' },
  ])('is rope, then attention, for $heads heads on $kvHeads: $because', async (shape) => {
    await expectSame(gpu, { ...shape, headDim: 32, position: 37 })
  })

  it.each([
    { headDim: 64, position: 0, window: 0, because: 'the only key is its own' },
    { headDim: 64, position: 63, window: 0, because: 'its own key ends a block' },
    { headDim: 64, position: 64, window: 0, because: 'its own key begins a block' },
    { headDim: 64, position: 200, window: 128, because: "gpt-oss's window and head" },
    { headDim: 32, position: 31, window: 32, because: 'the window is just full' },
    { headDim: 32, position: 32, window: 32, because: 'the first key falls out of the window' },
    { headDim: 32, position: 96, window: 32, because: 'the window ends with a block of one' },
    { headDim: 32, position: 40, window: 1, because: 'a token that sees itself alone' },
    { headDim: 128, position: 130, window: 0, because: 'the widest head' },
  ])('headDim $headDim at $position, window $window: $because', async (shape) => {
    await expectSame(gpu, { heads: 4, kvHeads: 2, ...shape })
  })

  it.each([
    { position: 63, because: 'its own key fills the ring' },
    { position: 64, because: 'its own key overwrites the first' },
    { position: 70, because: 'the window lies across the end' },
  ])('in a ring of 64 at $position: $because', async ({ position }) => {
    const ring = { window: 32, capacity: 64 }
    await expectSame(gpu, { heads: 8, kvHeads: 2, headDim: 32, position, ...ring })
  })

  it('leaves the cache alone once a stop token has ended the work', async () => {
    const cache = () => gpu.half([2, 1, 32], Array(64).fill(-77))
    const [keys, values, y] = [cache(), cache(), gpu.f32([1, 32], Array(32).fill(-77))]
    const dispatch = ropeAttention(gpu, {
      step: gpu.step({ position: 1, done: true }),
      rotations: gpu.f32([2, 16, 2], Array(64).fill(1)),
      qkv: gpu.f32([1, 96], Array(96).fill(1)),
      keys,
      values,
      sinks: gpu.f32([1], [0]),
      y,
      window: 0,
    })
    await gpu.run(dispatch)
    for (const cached of [keys, values])
      expect([...(await gpu.readHalf(cached))]).toEqual(Array(64).fill(-77))
    expect([...(await gpu.readF32(y))]).toEqual(Array(32).fill(-77))
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
}

/** Compares what is attended to, and both caches, with what the two plain kernels leave. */
async function expectSame(gpu: TestGpu, shape: Case) {
  const { heads, kvHeads, headDim, position, window = 0, capacity = position + 3 } = shape
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
      keys: gpu.half(cacheShape, values.keys),
      values: gpu.half(cacheShape, values.values),
    }
    const rotations = gpu.f32([positions, headDim / 2, 2], values.rotations)
    const attended = {
      sinks: gpu.f32([heads], values.sinks),
      y: gpu.f32([1, heads * headDim]),
      window,
    }
    await gpu.run(
      kernel === 'fused'
        ? ropeAttention(gpu, { ...operands, rotations, ...attended })
        : [rope(gpu, { ...operands, rotations }), attention(gpu, { ...operands, ...attended })],
    )
    return {
      y: await gpu.readF32(attended.y),
      keys: await gpu.readHalf(operands.keys),
      values: await gpu.readHalf(operands.values),
    }
  }
  const [fused, plain] = [await run('fused'), await run('plain')]
  expect(fused.values).toEqual(plain.values)
  // A compiler may fuse a product into a sum in one kernel and not in the other.
  const rounding = gpu.features.f16 ? 2 ** -10 : 2 ** -22
  expectClose(fused.keys, plain.keys, { relative: rounding, absolute: rounding / 8 }, cacheShape)
  expectClose(fused.y, plain.y, { absolute: 8 * rounding })
}
