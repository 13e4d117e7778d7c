import { describe, expect, it } from 'vitest'
import * as reference from '../reference'
import { expectClose } from '../testing/closeness'
import type { TestGpu } from '../testing/gpu'
import { randomBf16, randomF16, randomF32 } from '../testing/random'
import { openSubgroupsAlone, openVariants } from '../testing/variants'
import { type AttentionMeans, attention, attentionMeans } from './attention'

const variants = [...(await openVariants()), ...(await openSubgroupsAlone())].flatMap((variant) =>
  attentionMeans(variant.gpu).map((by) => ({ ...variant, by })),
)

describe.each(variants)('attention by $by ($variant)', ({ gpu, by }) => {
  // The kernel by subgroups is for heads of 64 elements, and leaves others to the other one.
  const narrow = by === 'subgroups' ? 64 : 32
  const match = (shape: Case) => expectMatch(gpu, { ...shape, by })

  it('shares out the softmax between the visible values and the sink', async () => {
    // Queries of zero match every key equally, and as well as a sink of 0.
    const headDim = by === 'subgroups' ? 64 : 4
    const qkv = gpu.f32([1, 3 * headDim])
    const keys = gpu.f16([4, 1, headDim], randomF16(4 * headDim, 1))
    // Key i has a one in place i, but for the last, which no query sees.
    const values = Array.from({ length: 4 * headDim }, (_, i) =>
      i < 3 * headDim ? Number(i % headDim === Math.floor(i / headDim)) : 9,
    )
    const y = gpu.f32([1, headDim])
    const sinks = gpu.f32([1], [0])
    const step = gpu.step({ position: 2 })
    await gpu.run(
      attention(gpu, {
        step,
        qkv,
        keys,
        values: gpu.f16([4, 1, headDim], values),
        sinks,
        y,
        window: 0,
        by,
      }),
    )
    const expected = Array.from({ length: headDim }, (_, i) => (i < 3 ? 0.25 : 0))
    expectClose(await gpu.readF32(y), expected, { absolute: 1e-7 })
  })

  it.each([
    { heads: 1, kvHeads: 1, because: 'one head' },
    { heads: 4, kvHeads: 2, because: 'two heads share a key' },
    { heads: 6, kvHeads: 2, because: 'three share, and a vec4 has room for four' },
    { heads: 16, kvHeads: 2, because: 'eight share, in two workgroups' },
    { heads: 10, kvHeads: 2, because: 'five share, and the second workgroup has one' },
    { heads: 3, kvHeads: 3, because: 'none share' },
  ])('matches the reference for $heads heads on $kvHeads: $because', async ({ heads, kvHeads }) => {
    await match({ heads, kvHeads, headDim: narrow, position: 5, rows: 3 })
  })

  it.each([
    { headDim: narrow, position: 0, rows: 1, window: 0, because: 'one key' },
    { headDim: narrow, position: 31, rows: 3, window: 0, because: 'keys begin a second block' },
    { headDim: 64, position: 150, rows: 2, window: 0, because: 'keys fill several blocks' },
    {
      headDim: by === 'subgroups' ? 64 : 128,
      position: 126,
      rows: 4,
      window: 0,
      because: 'the widest head',
    },
    { headDim: 64, position: 0, rows: 70, window: 0, because: 'a prompt, across a block' },
    { headDim: 64, position: 0, rows: 70, window: 16, because: 'a prompt, in a sliding layer' },
    { headDim: 64, position: 200, rows: 3, window: 128, because: "gpt-oss's window and head" },
    {
      headDim: narrow,
      position: 40,
      rows: 3,
      window: 1,
      because: 'a token that sees itself alone',
    },
  ])('headDim $headDim, $rows at $position, window $window: $because', async (shape) => {
    await match({ heads: 4, kvHeads: 2, ...shape })
  })

  it.each([30, 31, 32, 33, 63, 64, 65, 95])(
    'sees 32 keys and no more at position %i',
    async (p) => {
      await match({
        heads: 2,
        kvHeads: 1,
        headDim: narrow,
        position: p,
        rows: 1,
        window: 32,
      })
    },
  )

  it.each([
    { position: 31, rows: 1, because: 'nothing was overwritten yet' },
    { position: 61, rows: 3, because: 'the last places are filled' },
    { position: 63, rows: 2, because: 'the second token begins anew' },
    { position: 64, rows: 32, because: 'the tokens overwrite all but the window' },
    { position: 90, rows: 33, because: 'the window lies across the end' },
    { position: 6400, rows: 1, because: 'far on' },
  ])('sees $rows at $position in a ring of 64: $because', async (shape) => {
    const ring = { window: 32, capacity: 64 }
    await match({ heads: 4, kvHeads: 2, headDim: narrow, ...ring, ...shape })
  })

  it.each([
    { sink: 1e30, because: 'takes all and leaves the values nothing' },
    { sink: -1e30, because: 'takes nothing' },
    { sink: 12, because: 'takes most' },
  ])('a sink of $sink $because', async ({ sink }) => {
    await match({ heads: 2, kvHeads: 1, headDim: narrow, position: 40, rows: 2, sink })
  })

  it('survives scores that exp cannot take', async () => {
    const queryScale = 3000 // scores beyond ±1000, and one key takes nearly all
    await match({ heads: 2, kvHeads: 1, headDim: narrow, position: 70, rows: 2, queryScale })
  })

  it.each([0, 20])('gives a query the same bits in any chunk, window %i', async (window) => {
    const shape = { heads: 6, kvHeads: 2, headDim: narrow, window, by }
    const inputs = randomInputs({ ...shape, position: 0, rows: 75 })
    const whole = await run(gpu, { ...shape, position: 0, rows: 75 }, inputs)
    for (const split of [[...Array(75).fill(1)], [1, 31, 33, 10], [64, 11]]) {
      const parts: number[] = []
      let position = 0
      for (const rows of split) {
        const width = inputs.qkv.length / 75
        const qkv = inputs.qkv.subarray(position * width, (position + rows) * width)
        parts.push(...(await run(gpu, { ...shape, position, rows }, { ...inputs, qkv })))
        position += rows
      }
      expect(Float32Array.from(parts)).toEqual(whole)
    }
  })
})

interface Case {
  heads: number
  kvHeads: number
  headDim: number
  position: number
  rows: number
  window?: number
  /** Positions that the cache holds; more than there are, unless told otherwise. */
  capacity?: number
  sink?: number
  queryScale?: number
  by?: AttentionMeans
}

interface Inputs {
  qkv: Float32Array // [rows, (H + 2 KV) · headDim]
  keys: Float32Array // [position + rows, KV, headDim]
  values: Float32Array
  sinks: Float32Array // [H]
}

function randomInputs(shape: Case): Inputs {
  const { heads, kvHeads, headDim, position, rows, sink, queryScale = 4 } = shape
  const cached = (position + rows) * kvHeads * headDim
  const sinks = randomBf16(heads, 4, 2)
  // Rounded to bf16 as a checkpoint would have it.
  const [bits = 0] = new Uint32Array(Float32Array.of(sink ?? 0).buffer)
  const [rounded = 0] = new Float32Array(Uint32Array.of(bits & 0xffff0000).buffer)
  return {
    qkv: randomF32(rows * (heads + 2 * kvHeads) * headDim, 1, queryScale),
    keys: randomF16(cached, 2),
    values: randomF16(cached, 3),
    sinks: sink === undefined ? sinks : sinks.fill(rounded),
  }
}

/** Runs the kernel; what lies in the cache past the text would show. */
async function run(gpu: TestGpu, shape: Case, { qkv, keys, values, sinks }: Inputs) {
  const { heads, kvHeads, headDim, position, rows, window = 0, by = 'workgroup memory' } = shape
  const { capacity = position + rows + 70 } = shape
  const cache = (written: Float32Array) => {
    const rowLength = kvHeads * headDim
    const all = new Float32Array(capacity * rowLength).fill(60000)
    for (let p = 0; p < position + rows; p++)
      all.set(written.subarray(p * rowLength, (p + 1) * rowLength), (p % capacity) * rowLength)
    return gpu.f16([capacity, kvHeads, headDim], all)
  }
  const y = gpu.f32([rows, heads * headDim])
  const dispatch = attention(gpu, {
    step: gpu.step({ position, rows }),
    qkv: gpu.f32([rows, (heads + 2 * kvHeads) * headDim], qkv),
    keys: cache(keys),
    values: cache(values),
    sinks: gpu.f32([heads], sinks),
    y,
    window,
    by,
  })
  await gpu.run(dispatch, rows)
  return gpu.readF32(y)
}

/** Compares the attention of random inputs with the reference. */
async function expectMatch(gpu: TestGpu, shape: Case) {
  const { heads, kvHeads, headDim, rows, window = 0, queryScale = 4 } = shape
  const inputs = randomInputs(shape)
  const width = (heads + 2 * kvHeads) * headDim
  const queries = inputs.qkv.filter((_, i) => i % width < heads * headDim)
  const { output } = reference.attention(
    queries,
    inputs.keys,
    inputs.values,
    inputs.sinks,
    { numAttentionHeads: heads, numKeyValueHeads: kvHeads, headDim },
    window || Infinity,
  )
  // Values are below 1, so what matters is the error of a score, which is its relative error.
  const scoreError = queryScale * headDim ** 0.5 * 2 ** -22
  const y = await run(gpu, shape, inputs)
  expectClose(y, output, { absolute: 2e-7 + scoreError }, [rows, heads, headDim])
}
