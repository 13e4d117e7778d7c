import { describe, expect, it } from 'vitest'
import { listByExpert, randomChoices } from '../testing/experts'
import { openTestGpu } from '../testing/gpu'
import { expertSort } from './expert-sort'
import { maxExpertTiles, stagedTile, type TileShape, tileTokens } from './tile'

const gpu = await openTestGpu()

interface Case {
  /** Expert of each pair, token by token. */
  pairs: readonly number[]
  topK: number
  experts: number
  /** Tokens that the buffers have room for. */
  capacity?: number
  tile?: TileShape
}

async function sort({
  pairs,
  topK,
  experts,
  capacity = pairs.length / topK,
  tile = stagedTile,
}: Case) {
  const maxTiles = maxExpertTiles(capacity, topK, experts, tileTokens(tile))
  const order = gpu.u32([capacity * topK], Array(capacity * topK).fill(777))
  const tiles = gpu.u32([maxTiles, 3], Array(maxTiles * 3).fill(777)) // as an earlier step left them
  const rows = pairs.length / topK
  const stale = Array(capacity * topK - pairs.length).fill(0)
  const expertIds = gpu.u32([capacity, topK], [...pairs, ...stale])
  await gpu.run(
    expertSort(gpu, { step: gpu.step({ rows }), expertIds, experts, order, tiles, tile }),
    rows,
  )
  return {
    order: [...(await gpu.readU32(order))].slice(0, pairs.length),
    tiles: [...(await gpu.readU32(tiles))],
  }
}

async function expectMatch(shape: Case) {
  const { order, tiles } = await sort(shape)
  const pairsOfTile = tileTokens(shape.tile ?? stagedTile)
  const expected = listByExpert(shape.pairs, shape.experts, pairsOfTile)
  expect(order).toEqual(expected.order)
  const used = expected.tiles.flat()
  expect(tiles.slice(0, used.length)).toEqual(used)
  expect(tiles.slice(used.length).every((word) => word === 0)).toBe(true)
  // The grid of a step with fewer rows than the capacity is smaller, and must hold what is used.
  const rows = shape.pairs.length / shape.topK
  const grid = maxExpertTiles(rows, shape.topK, shape.experts, pairsOfTile)
  expect(expected.tiles.length).toBeLessThanOrEqual(grid)
}

describe('expertSort', () => {
  it('lists pairs by expert, and cuts the lists into tiles', async () => {
    // Tokens 0 and 1 choose experts 2, 0 and 2, 3.
    const { order, tiles } = await sort({ pairs: [2, 0, 2, 3], topK: 2, experts: 4 })
    expect(order).toEqual([1, 0, 2, 3])
    expect(tiles).toEqual([0, 0, 1, 2, 1, 2, 3, 3, 1, /* surplus */ 0, 0, 0])
  })

  it.each([
    { tokens: 1, topK: 4, experts: 128, because: 'one token' },
    { tokens: 33, topK: 4, experts: 128, because: 'more experts than lanes, most with few pairs' },
    { tokens: 100, topK: 2, experts: 4, because: 'every expert has several tiles' },
    { tokens: 70, topK: 1, experts: 1, because: 'there is one expert' },
    { tokens: 1024, topK: 4, experts: 32, because: 'it is the longest chunk' },
    { tokens: 9, topK: 3, experts: 3, because: 'every token chooses every expert' },
  ])('$tokens tokens, $topK of $experts: $because', async ({ tokens, topK, experts }) => {
    await expectMatch({ pairs: randomChoices(tokens, topK, experts), topK, experts })
  })

  it.each([
    { expert: 0, because: 'all others are empty' },
    { expert: 31, because: 'the last is the only one' },
  ])('gives expert $expert everything: $because', async ({ expert }) => {
    for (const tokens of [31, 32, 33, 64, 65])
      await expectMatch({ pairs: Array(tokens).fill(expert), topK: 1, experts: 32 })
  })

  it('cuts the lists into smaller tiles', async () => {
    const pairs = randomChoices(33, 2, 4)
    await expectMatch({ pairs, topK: 2, experts: 4, tile: { by: 'subgroups', lanes: 32 } })
  })

  it('takes a step with fewer rows than there is room for', async () => {
    const pairs = randomChoices(5, 4, 32)
    await expectMatch({ pairs, topK: 4, experts: 32, capacity: 64 })
  })
})
