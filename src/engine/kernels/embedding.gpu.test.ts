import { describe, expect, it } from 'vitest'
import { openTestGpu } from '../testing/gpu'
import { randomBf16 } from '../testing/random'
import { embedding } from './embedding'

const gpu = await openTestGpu()

/** Stands where a kernel must not write. */
const untouched = -77

describe('embedding', () => {
  it('takes the row of each token', async () => {
    const table = gpu.bf16([3, 4], [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23])
    const tokens = gpu.u32([2], [2, 0])
    const x = gpu.f32([2, 4])
    await gpu.run(embedding(gpu, { tokens, table, firstRow: 0, x }), 2)
    expect(await gpu.readF32(x)).toEqual(Float32Array.of(20, 21, 22, 23, 0, 1, 2, 3))
  })

  it.each([
    { rows: 5, channels: 8, tokens: 1, because: 'a row is narrower than a workgroup' },
    { rows: 5, channels: 130, tokens: 9, because: 'one pair is left for a second workgroup' },
    { rows: 300, channels: 192, tokens: 33, because: 'many rows, many tokens' },
    { rows: 3, channels: 2880, tokens: 2, because: 'the gpt-oss width' },
  ])('copies exactly for $tokens tokens of [$rows, $channels]: $because', async (shape) => {
    const { rows, channels } = shape
    const values = randomBf16(rows * channels, 1)
    const ids = Array.from({ length: shape.tokens }, (_, i) => (i * 7 + rows - 1) % rows)
    const tokens = gpu.u32([ids.length], ids)
    const table = gpu.bf16([rows, channels], values)
    const x = gpu.f32([ids.length, channels])
    await gpu.run(embedding(gpu, { tokens, table, firstRow: 0, x }), ids.length)
    const expected = ids.flatMap((id) => [...values.subarray(id * channels, (id + 1) * channels)])
    expect(await gpu.readF32(x)).toEqual(Float32Array.from(expected))
  })

  it('writes only the tokens that its segment of the table holds', async () => {
    const tokens = gpu.u32([5], [9, 10, 13, 14, 0])
    const table = gpu.bf16([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]) // rows 10..13
    const x = gpu.f32([5, 2], Array(10).fill(untouched))
    await gpu.run(embedding(gpu, { tokens, table, firstRow: 10, x }), 5)
    const u = untouched
    expect(await gpu.readF32(x)).toEqual(Float32Array.of(u, u, 1, 2, 7, 8, u, u, u, u))
  })

  it('leaves rows past the step alone', async () => {
    const tokens = gpu.u32([3], [1, 1, 1])
    const table = gpu.bf16([2, 2], [1, 2, 3, 4])
    const x = gpu.f32([3, 2], Array(6).fill(untouched))
    await gpu.run(embedding(gpu, { tokens, table, firstRow: 0, x }), 1)
    expect(await gpu.readF32(x)).toEqual(Float32Array.of(3, 4, ...Array(4).fill(untouched)))
  })
})
