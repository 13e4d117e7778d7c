import { describe, expect, it } from 'vitest'
import * as reference from '../reference'
import { expectClose, sumTolerance } from '../testing/closeness'
import {
  bf16Weight,
  denseFormats,
  randomDense,
  randomInEveryFormat,
  uploadDense,
} from '../testing/dense'
import { openTestGpu } from '../testing/gpu'
import { randomF32 } from '../testing/random'
import type { DenseFormat } from './dense-weight'
import { matmul } from './matmul'
import { type TileShape, tileName, tileShapes } from './tile'

const gpu = await openTestGpu()
const shapes = tileShapes(gpu).map((tile) => ({ name: tileName(tile), tile }))

describe.each(shapes)('matmul by $name', ({ tile }) => {
  it('multiplies each token with the matrix and adds the bias', async () => {
    const x = gpu.f32([2, 8], [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1])
    const weight = bf16Weight(gpu, [2, 8], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2])
    const bias = gpu.f32([2], [0.5, -1])
    const y = gpu.f32([2, 2])
    await gpu.run(matmul(gpu, { step: gpu.step({ rows: 2 }), x, weight, bias, y, tile }), 2)
    expect(await gpu.readF32(y)).toEqual(Float32Array.of(36.5, 15, 1.5, 1))
  })

  it.each([
    { tokens: 1, rows: 1, channels: 8, because: 'a tile is nearly empty on every side' },
    { tokens: 31, rows: 33, channels: 64, because: 'one token less, one row more than a tile' },
    { tokens: 32, rows: 32, channels: 32, because: 'exactly one tile' },
    { tokens: 33, rows: 31, channels: 96, because: 'one token more, one row less than a tile' },
    { tokens: 65, rows: 70, channels: 200, because: 'channels end within a tile' },
    { tokens: 3, rows: 5, channels: 2880, because: 'the gpt-oss width' },
  ])('matches the reference for $tokens tokens and [$rows, $channels]: $because', async (shape) => {
    await expectMatch({ ...shape, tile })
  })

  it.each(denseFormats)('reads a weight in %s', async (format) => {
    await expectMatch({ tokens: 33, rows: 35, channels: 96, format, tile })
  })

  it('gives equal numbers the same bits, whatever format holds them', async () => {
    const [tokens, rows, channels] = [5, 33, 96] as const
    const x = gpu.f32([tokens, channels], randomF32(tokens * channels, 1))
    const bias = gpu.f32([rows], randomF32(rows, 3))
    const step = gpu.step({ rows: tokens })
    const results: Float32Array[] = []
    for (const weight of randomInEveryFormat([rows, channels], 2)) {
      const y = gpu.f32([tokens, rows])
      await gpu.run(
        matmul(gpu, { step, x, weight: uploadDense(gpu, weight), bias, y, tile }),
        tokens,
      )
      results.push(await gpu.readF32(y))
    }
    for (const result of results) expect(result).toEqual(results[0])
  })

  it('adds to what is there when told to accumulate', async () => {
    await expectMatch({ tokens: 33, rows: 35, channels: 64, accumulate: true, tile })
  })

  it('writes a segment of the rows, and nothing around it', async () => {
    const x = gpu.f32([2, 8], [...Array(8).fill(1), ...Array(8).fill(-1)])
    const weight = bf16Weight(gpu, [2, 8], [...Array(8).fill(1), ...Array(8).fill(2)])
    const bias = gpu.f32([5], [9, 9, 0.5, 0.25, 9])
    const y = gpu.f32([2, 5], Array(10).fill(-77))
    const step = gpu.step({ rows: 2 })
    await gpu.run(matmul(gpu, { step, x, weight, bias, y, firstRow: 2, tile }), 2)
    const u = -77
    expect(await gpu.readF32(y)).toEqual(
      Float32Array.of(u, u, 8.5, 16.25, u, u, u, -7.5, -15.75, u),
    )
  })

  it('leaves tokens past the step alone', async () => {
    const x = gpu.f32([40, 8], Array(320).fill(1))
    const weight = bf16Weight(gpu, [1, 8], Array(8).fill(1))
    const bias = gpu.f32([1], [0])
    const y = gpu.f32([40, 1], Array(40).fill(-77))
    await gpu.run(matmul(gpu, { step: gpu.step({ rows: 34 }), x, weight, bias, y, tile }), 34)
    expect([...(await gpu.readF32(y))]).toEqual([...Array(34).fill(8), ...Array(6).fill(-77)])
  })

  it('gives a token the same bits wherever it stands, and whoever stands beside it', async () => {
    const [tokens, rows, channels] = [65, 33, 200] as const
    const values = randomF32(tokens * channels, 1)
    const weight = uploadDense(gpu, randomDense('bf16', [rows, channels], 2))
    const bias = gpu.f32([rows], randomF32(rows, 3))
    const product = async (first: number, count: number) => {
      const x = gpu.f32(
        [count, channels],
        values.subarray(first * channels, (first + count) * channels),
      )
      const y = gpu.f32([count, rows])
      const step = gpu.step({ rows: count })
      await gpu.run(matmul(gpu, { step, x, weight, bias, y, tile }), count)
      return gpu.readF32(y)
    }
    const together = await product(0, tokens)
    for (const [first, count] of [
      [0, 1],
      [7, 1],
      [64, 1],
      [3, 34],
      [31, 33],
    ] as const)
      expect(await product(first, count)).toEqual(
        together.subarray(first * rows, (first + count) * rows),
      )
  })
})

interface Case {
  tokens: number
  rows: number
  channels: number
  accumulate?: boolean
  format?: DenseFormat
  tile: TileShape
}

/** Compares a product of random operands with the reference. */
async function expectMatch({
  tokens,
  rows,
  channels,
  accumulate = false,
  format = 'bf16',
  tile,
}: Case) {
  const values = {
    x: randomF32(tokens * channels, 1),
    weight: randomDense(format, [rows, channels], 2),
    bias: randomF32(rows, 3),
    y: randomF32(tokens * rows, 4),
  }
  const y = gpu.f32([tokens, rows], values.y)
  const dispatch = matmul(gpu, {
    step: gpu.step({ rows: tokens }),
    x: gpu.f32([tokens, channels], values.x),
    weight: uploadDense(gpu, values.weight),
    bias: gpu.f32([rows], values.bias),
    y,
    accumulate,
    tile,
  })
  await gpu.run(dispatch, tokens)
  const product = reference.linear(values.x, values.weight.values, channels, values.bias)
  const expected = accumulate ? reference.add(product, values.y) : product
  expectClose(await gpu.readF32(y), expected, sumTolerance(channels + 2), [tokens, rows])
}
