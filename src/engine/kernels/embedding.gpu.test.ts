import { describe, expect, it } from 'vitest'
import { bf16Weight, denseFormats, denseOf, randomDense, uploadDense } from '../testing/dense'
import { openVariants } from '../testing/variants'
import { embedding } from './embedding'

const variants = await openVariants()

/** Stands where a kernel must not write. */
const untouched = -77

describe.each(variants)('embedding ($variant)', ({ gpu }) => {
  it('takes the row of each token', async () => {
    const values = Array.from({ length: 24 }, (_, i) => 10 * Math.floor(i / 8) + (i % 8))
    const table = bf16Weight(gpu, [3, 8], values)
    const tokens = gpu.u32([2], [2, 0])
    const x = gpu.f32([2, 8])
    await gpu.run(embedding(gpu, { step: gpu.step(), tokens, table, firstRow: 0, x }), 2)
    const [first, second] = [values.slice(16), values.slice(0, 8)]
    expect(await gpu.readF32(x)).toEqual(Float32Array.of(...first, ...second))
  })

  describe.each(denseFormats)('of a table in %s', (format) => {
    it.each([
      { rows: 5, channels: 32, tokens: 1, because: 'a row is narrower than a workgroup' },
      { rows: 7, channels: 96, tokens: 9, because: 'rows of three groups end between words' },
      { rows: 5, channels: 544, tokens: 9, because: 'a second workgroup is nearly empty' },
      { rows: 3, channels: 2880, tokens: 2, because: 'the gpt-oss width' },
    ])('copies exactly for $tokens tokens of [$rows, $channels]: $because', async (shape) => {
      const { rows, channels } = shape
      const table = randomDense(format, [rows, channels], 1)
      const ids = Array.from({ length: shape.tokens }, (_, i) => (i * 7 + rows - 1) % rows)
      const tokens = gpu.u32([ids.length], ids)
      const x = gpu.f32([ids.length, channels])
      await gpu.run(
        embedding(gpu, {
          step: gpu.step(),
          tokens,
          table: uploadDense(gpu, table),
          firstRow: 0,
          x,
        }),
        ids.length,
      )
      const expected = ids.flatMap((id) => [
        ...table.values.subarray(id * channels, (id + 1) * channels),
      ])
      expect(await gpu.readF32(x)).toEqual(Float32Array.from(expected))
    })
  })

  it('unpacks every finite half exactly', async () => {
    // Exponent 31, infinity and NaN, is at the end of either sign's numbers.
    const halves = Uint16Array.from({ length: 2 * 0x7c00 }, (_, i) =>
      i < 0x7c00 ? i : 0x8000 + i - 0x7c00,
    )
    const table = denseOf('f16', [2, 0x7c00], new Uint8Array(halves.buffer))
    const tokens = gpu.u32([2], [0, 1])
    const x = gpu.f32([2, 0x7c00])
    await gpu.run(
      embedding(gpu, { step: gpu.step(), tokens, table: uploadDense(gpu, table), firstRow: 0, x }),
      2,
    )
    expect(await gpu.readF32(x)).toEqual(Float32Array.from(table.values))
  })

  it('unpacks every product of a signed byte and a scale at the ends of what a half holds', async () => {
    const scales = [0x0001, 0x83ff, 0x0400, 0x3c01, 0x7bff, 0xfbff, 0x0000]
    const blocks = scales.flatMap((scale) =>
      Array.from({ length: 8 }, (_, i) => [
        scale & 255,
        scale >> 8,
        ...Array.from({ length: 32 }, (_, j) => 32 * i + j),
      ]),
    )
    const shape = [scales.length, 256] as const
    const table = denseOf('q8_0', shape, Uint8Array.from(blocks.flat()))
    const tokens = gpu.u32([scales.length], [...scales.keys()])
    const x = gpu.f32([...shape])
    await gpu.run(
      embedding(gpu, { step: gpu.step(), tokens, table: uploadDense(gpu, table), firstRow: 0, x }),
      scales.length,
    )
    // A zero's sign is lost in the comparison: it matters to no sum.
    expect([...(await gpu.readF32(x))].map((value) => value + 0)).toEqual(
      [...table.values].map((value) => value + 0),
    )
  })

  it('writes only the tokens that its segment of the table holds', async () => {
    const tokens = gpu.u32([5], [9, 10, 13, 14, 0])
    const rows = Array.from({ length: 4 }, (_, row) => Array(8).fill(row + 1)) // rows 10..13
    const table = bf16Weight(gpu, [4, 8], rows.flat())
    const x = gpu.f32([5, 8], Array(40).fill(untouched))
    await gpu.run(embedding(gpu, { step: gpu.step(), tokens, table, firstRow: 10, x }), 5)
    const expected = [untouched, 1, 4, untouched, untouched].flatMap((value) =>
      Array<number>(8).fill(value),
    )
    expect(await gpu.readF32(x)).toEqual(Float32Array.from(expected))
  })

  it('writes nothing once a stop token has ended the work', async () => {
    const table = bf16Weight(gpu, [1, 8], Array(8).fill(1))
    const x = gpu.f32([1, 8], Array(8).fill(untouched))
    const step = gpu.step({ done: true })
    await gpu.run(embedding(gpu, { step, tokens: gpu.u32([1]), table, firstRow: 0, x }))
    expect([...(await gpu.readF32(x))]).toEqual(Array(8).fill(untouched))
  })

  it('leaves rows past the step alone', async () => {
    const tokens = gpu.u32([2], [1, 1])
    const table = bf16Weight(gpu, [2, 8], [...Array(8).fill(1), ...Array(8).fill(2)])
    const x = gpu.f32([2, 8], Array(16).fill(untouched))
    await gpu.run(embedding(gpu, { step: gpu.step(), tokens, table, firstRow: 0, x }), 1)
    expect([...(await gpu.readF32(x))]).toEqual([...Array(8).fill(2), ...Array(8).fill(untouched)])
  })
})
