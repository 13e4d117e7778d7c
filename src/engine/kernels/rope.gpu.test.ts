import { describe, expect, it } from 'vitest'
import { ropeTable } from '../model/rope-table'
import * as reference from '../reference'
import { f16ToNumber } from '../reference'
import { expectClose } from '../testing/closeness'
import { asCached } from '../testing/f16'
import { randomF32 } from '../testing/random'
import { openVariants } from '../testing/variants'
import { rope } from './rope'

/** The rope settings of gpt-oss. */
const gptOssRope = {
  ropeTheta: 150_000,
  ropeScaling: {
    ropeType: 'yarn',
    factor: 32,
    betaFast: 32,
    betaSlow: 1,
    originalMaxPositionEmbeddings: 4096,
    truncate: false,
  },
} as const

/** Stands where the kernel must not write. */
const untouched = -77

describe.each(await openVariants())('rope ($variant)', ({ gpu }) => {
  it('turns query and key by the angle of their position, and keeps the value', async () => {
    // Of two pairs. Position 0: 0°; position 1: 90° and 180°.
    const rotations = gpu.f32([2, 2, 2], [1, 0, 1, 0, 0, 1, -1, 0])
    // A query, a key and a value of four elements.
    const qkv = gpu.f32([1, 12], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const keys = gpu.f16([2, 1, 4], Array(8).fill(untouched))
    const values = gpu.f16([2, 1, 4], Array(8).fill(untouched))
    await gpu.run(rope(gpu, { step: gpu.step({ position: 1 }), rotations, qkv, keys, values }))
    expect([...(await gpu.readF32(qkv))].slice(0, 4)).toEqual([-3, -2, 1, -4])
    const before = Array(4).fill(untouched)
    expect([...(await gpu.readF16(keys))]).toEqual([...before, -7, -6, 5, -8])
    expect([...(await gpu.readF16(values))]).toEqual([...before, 9, 10, 11, 12])
  })

  it('rounds to the nearest half, of two the even one, and what is too large to the largest', async () => {
    const between = (half: number, share: number) => {
      const [below, above] = [f16ToNumber(half), f16ToNumber(half + 1)]
      return below + share * (above - below)
    }
    // All that lies between halves of every exponent, in fractions that carry, and in those that do not.
    const halves = Array.from({ length: 31 }, (_, exponent) => exponent << 10).flatMap((first) =>
      [0, 1, 2, 511, 512, 1022, 1023].map((fraction) => first + fraction),
    )
    const magnitudes = halves
      .filter((half) => half < 0x7bff)
      .flatMap((half) => [0, 0.25, 0.5, 0.5001, 0.75].map((share) => between(half, share)))
    const large = [65504, 65519, 65520, 1e6, 3e38, Infinity]
    const small = [2 ** -25, 2 ** -25 * 1.0001, 2 ** -26, 1e-30, 2 ** -126]
    const signed = [...magnitudes, ...large, ...small].flatMap((value) => [value, -value])
    const input = Float32Array.from([...signed, ...Array(-signed.length & 3).fill(0)])
    const headDim = input.length

    const rotations = gpu.f32(
      [1, headDim / 2, 2],
      Array(headDim / 2)
        .fill([1, 0])
        .flat(),
    )
    const qkv = gpu.f32([1, 3 * headDim], [...Array(2 * headDim).fill(0), ...input])
    const keys = gpu.f16([1, 1, headDim], Array(headDim).fill(untouched))
    const values = gpu.f16([1, 1, headDim], Array(headDim).fill(untouched))
    await gpu.run(rope(gpu, { step: gpu.step(), rotations, qkv, keys, values }))
    expect(await gpu.readF16(values)).toEqual(input.map(asCached))
  })

  it('goes on at the beginning of a cache that is full', async () => {
    const rotations = gpu.f32([4, 2, 2], Array(8).fill([1, 0]).flat())
    const rows = Array.from({ length: 24 }, (_, i) => i + 1)
    const qkv = gpu.f32([2, 12], rows)
    const keys = gpu.f16([3, 1, 4], Array(12).fill(untouched))
    const values = gpu.f16([3, 1, 4], Array(12).fill(untouched))
    const step = gpu.step({ position: 2, rows: 2 })
    await gpu.run(rope(gpu, { step, rotations, qkv, keys, values }), 2)
    const between = Array(4).fill(untouched)
    expect([...(await gpu.readF16(keys))]).toEqual([17, 18, 19, 20, ...between, 5, 6, 7, 8])
    expect([...(await gpu.readF16(values))]).toEqual([21, 22, 23, 24, ...between, 9, 10, 11, 12])
  })

  it.each([
    { heads: 1, kvHeads: 1, headDim: 32, position: 0, rows: 1, because: 'position 0 only scales' },
    {
      heads: 3,
      kvHeads: 1,
      headDim: 32,
      position: 7,
      rows: 5,
      because: 'pairs end in a workgroup',
    },
    { heads: 8, kvHeads: 2, headDim: 64, position: 0, rows: 33, because: 'several tokens' },
    { heads: 4, kvHeads: 4, headDim: 128, position: 60, rows: 4, because: 'the last positions' },
    { heads: 8, kvHeads: 1, headDim: 64, position: 5000, rows: 2, because: 'angles of 5000 rad' },
  ])('$heads heads, $kvHeads KV, headDim $headDim, $rows at $position: $because', async (shape) => {
    const { heads, kvHeads, headDim, position, rows } = shape
    const positions = position >= 64 ? 5003 : 64
    const table = ropeTable({ ...gptOssRope, headDim }, positions)
    const width = (heads + 2 * kvHeads) * headDim
    const input = randomF32(rows * width, 1)

    const cacheShape = [positions, kvHeads, headDim]
    const cacheRow = kvHeads * headDim
    const qkv = gpu.f32([rows, width], input)
    const keys = gpu.f16(cacheShape, Array(positions * cacheRow).fill(untouched))
    const values = gpu.f16(cacheShape, Array(positions * cacheRow).fill(untouched))
    const rotations = gpu.f32([positions, headDim / 2, 2], table)
    const step = gpu.step({ position, rows })
    await gpu.run(rope(gpu, { step, rotations, qkv, keys, values }), rows)

    const part = (first: number, count: number) =>
      Float32Array.from({ length: rows * count }, (_, i) => {
        const row = Math.floor(i / count)
        return input[row * width + first + (i % count)] as number
      })
    const turned = table.subarray(position * headDim, (position + rows) * headDim)
    const rowTable = {
      cos: Float64Array.from(turned.filter((_, i) => i % 2 === 0)),
      sin: Float64Array.from(turned.filter((_, i) => i % 2 === 1)),
    }
    const queries = heads * headDim
    const queryRows = await gpu.readF32(qkv)
    const expected = reference.rope(part(0, queries), rowTable, headDim)
    for (let row = 0; row < rows; row++)
      expectClose(
        queryRows.subarray(row * width, row * width + queries),
        expected.subarray(row * queries, (row + 1) * queries),
        { absolute: 1e-6 },
      )

    const keyCache = await gpu.readF16(keys)
    const valueCache = await gpu.readF16(values)
    const [from, to] = [position * cacheRow, (position + rows) * cacheRow]
    const rotatedKeys = reference.rope(part(queries, cacheRow), rowTable, headDim)
    // Half a unit in a half's last place, and the error of the rotation.
    expectClose(keyCache.subarray(from, to), rotatedKeys, { relative: 2 ** -11, absolute: 1e-6 })
    expect(valueCache.subarray(from, to)).toEqual(part(queries + cacheRow, cacheRow).map(asCached))
    for (const cache of [keyCache, valueCache]) {
      expect(cache.subarray(0, from).every((value) => value === untouched)).toBe(true)
      expect(cache.subarray(to).every((value) => value === untouched)).toBe(true)
    }
  })
})
