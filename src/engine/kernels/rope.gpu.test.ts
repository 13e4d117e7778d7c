import { describe, expect, it } from 'vitest'
import { ropeTable } from '../model/rope-table'
import * as reference from '../reference'
import { expectClose } from '../testing/closeness'
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
  /** A cached number is rounded to the cache's type: a unit in the last place at most. */
  const cached = { relative: gpu.features.f16 ? 2 ** -10 : 1e-6, absolute: 1e-6 }

  it('turns query and key by the angle of their position, and keeps the value', async () => {
    const rotations = gpu.f32([2, 1, 2], [1, 0, 0, 1]) // position 0: 0°, position 1: 90°
    const qkv = gpu.f32([1, 6], [1, 2, 3, 4, 5, 6]) // a query, a key and a value of two elements
    const keys = gpu.half([2, 1, 2], Array(4).fill(untouched))
    const values = gpu.half([2, 1, 2], Array(4).fill(untouched))
    await gpu.run(rope(gpu, { step: gpu.step({ position: 1 }), rotations, qkv, keys, values }))
    expect([...(await gpu.readF32(qkv))].slice(0, 2)).toEqual([-2, 1])
    expect([...(await gpu.readHalf(keys))]).toEqual([untouched, untouched, -4, 3])
    expect([...(await gpu.readHalf(values))]).toEqual([untouched, untouched, 5, 6])
  })

  it('goes on at the beginning of a cache that is full', async () => {
    const rotations = gpu.f32([4, 1, 2], Array(4).fill([1, 0]).flat())
    const qkv = gpu.f32([2, 6], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const keys = gpu.half([3, 1, 2], Array(6).fill(untouched))
    const values = gpu.half([3, 1, 2], Array(6).fill(untouched))
    const step = gpu.step({ position: 2, rows: 2 })
    await gpu.run(rope(gpu, { step, rotations, qkv, keys, values }), 2)
    expect([...(await gpu.readHalf(keys))]).toEqual([9, 10, untouched, untouched, 3, 4])
    expect([...(await gpu.readHalf(values))]).toEqual([11, 12, untouched, untouched, 5, 6])
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
    const keys = gpu.half(cacheShape, Array(positions * cacheRow).fill(untouched))
    const values = gpu.half(cacheShape, Array(positions * cacheRow).fill(untouched))
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

    const keyCache = await gpu.readHalf(keys)
    const valueCache = await gpu.readHalf(values)
    const [from, to] = [position * cacheRow, (position + rows) * cacheRow]
    const rotatedKeys = reference.rope(part(queries, cacheRow), rowTable, headDim)
    expectClose(keyCache.subarray(from, to), rotatedKeys, cached)
    expectClose(valueCache.subarray(from, to), part(queries + cacheRow, cacheRow), cached)
    for (const cache of [keyCache, valueCache]) {
      expect(cache.subarray(0, from).every((value) => value === untouched)).toBe(true)
      expect(cache.subarray(to).every((value) => value === untouched)).toBe(true)
    }
  })
})
