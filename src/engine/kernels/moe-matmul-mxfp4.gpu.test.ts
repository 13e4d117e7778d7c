import { describe, expect, it } from 'vitest'
import * as reference from '../reference'
import { expectClose, sumTolerance } from '../testing/closeness'
import {
  decodeExpert,
  type Experts,
  expertProduct,
  listByExpert,
  randomChoices,
  randomExperts,
  swigluEdges,
  uploadExperts,
} from '../testing/experts'
import { openTestGpu } from '../testing/gpu'
import { randomF32 } from '../testing/random'
import { moeMatmulMxfp4, moeMatmulMxfp4Swiglu } from './moe-matmul-mxfp4'
import { maxExpertTiles, type TileShape, tileName, tileShapes, tileTokens } from './tile'

const gpu = await openTestGpu()
const tileCases = tileShapes(gpu).map((tile) => ({ name: tileName(tile), tile }))

/** The shapes that break the grouping of pairs; both kernels share it. */
const shapes = [
  { tokens: 1, topK: 1, experts: 1, rows: 2, channels: 32, because: 'one of everything' },
  { tokens: 33, topK: 2, experts: 4, rows: 34, channels: 64, because: 'tiles are partly full' },
  { tokens: 5, topK: 4, experts: 128, rows: 6, channels: 96, because: 'most experts are empty' },
  { tokens: 70, topK: 1, experts: 1, rows: 32, channels: 32, because: 'one expert, three tiles' },
  { tokens: 3, topK: 3, experts: 3, rows: 66, channels: 192, because: 'everyone is everywhere' },
  { tokens: 2, topK: 1, experts: 2, rows: 4, channels: 2880, because: 'the gpt-oss width' },
]

describe.each(tileCases)('moeMatmulMxfp4 by $name', ({ tile }) => {
  it('decodes every code under every kind of scale', async () => {
    // Row r holds all 16 codes, twice, under scale r; the identity reads the matrix out.
    const scales = Uint8Array.of(0, 1, 2, 3, 100, 126, 127, 128, 200, 250)
    const rows = scales.length
    const blocks = Uint8Array.from({ length: rows * 16 }, (_, i) => {
      const low = (2 * i) % 16
      return low | ((low + 1) << 4)
    })
    const experts = { experts: 1, rows, channels: 32, blocks, scales, bias: new Float32Array(rows) }
    const identity = Float32Array.from({ length: 32 * 32 }, (_, i) => (i % 33 === 0 ? 1 : 0))
    const y = await down({ experts, choices: Array(32).fill(0), topK: 1, tile }, identity)
    const values = reference.decodeMxfp4(blocks, scales)
    const expected = Array.from({ length: 32 * rows }, (_, i) => {
      const [channel, row] = [Math.floor(i / rows), i % rows]
      // Scale 0 is subnormal and counts as zero; a device may take subnormal products for zero too.
      return scales[row] === 0 ? 0 : (values[32 * row + channel] as number)
    })
    expectClose(y, expected, { absolute: 2 ** -126 }, [32, rows])
  })

  it.each(shapes)(
    '$tokens tokens, $topK of $experts [$rows, $channels]: $because',
    async (shape) => {
      const { tokens, topK, channels } = shape
      const step = randomStep(shape, tile)
      const x = randomF32(tokens * topK * channels, 3)
      const tolerance = sumTolerance(channels + 1, expertProduct)
      expectClose(await down(step, x), expectedDown(step, x), tolerance, [
        tokens * topK,
        shape.rows,
      ])
    },
  )

  it('leaves the pairs of other segments alone', async () => {
    const step = randomStep({ tokens: 9, topK: 2, experts: 6, rows: 3, channels: 32 }, tile)
    const x = randomF32(18 * 32, 3)
    const y = await down(step, x, { first: 2, end: 5 })
    const expected = expectedDown(step, x)
    for (const [pair, expert] of step.choices.entries()) {
      const mine = [...y.subarray(pair * 3, pair * 3 + 3)]
      if (expert < 2 || expert >= 5) expect(mine).toEqual(Array(3).fill(untouched))
      else expectClose(mine, expected.subarray(pair * 3, pair * 3 + 3), { absolute: 1e-6 })
    }
  })

  it('gives a pair the same bits wherever it stands, and whoever stands beside it', async () => {
    const [tokens, rows, channels] = [70, 10, 96]
    const experts = randomExperts({ experts: 3, rows, channels }, 1)
    const choices = randomChoices(tokens, 1, 3)
    const x = randomF32(tokens * channels, 3)
    const together = await down({ experts, choices, topK: 1, tile }, x)
    for (const [first, end] of [
      [0, 1],
      [69, 70],
      [5, 40],
      [31, 33],
    ] as const) {
      const part = { experts, choices: choices.slice(first, end), topK: 1, tile }
      const alone = await down(part, x.subarray(first * channels, end * channels))
      expect(alone).toEqual(together.subarray(first * rows, end * rows))
    }
  })
})

describe.each(tileCases)('moeMatmulMxfp4Swiglu by $name', ({ tile }) => {
  it.each(shapes)(
    '$tokens tokens, $topK of $experts [$rows, $channels]: $because',
    async (shape) => {
      const { tokens, topK, channels } = shape
      const step = randomStep(shape, tile)
      const x = randomF32(tokens * channels, 3)
      // SwiGLU's slope is at most about limit + 1 for a gate and limit for an up.
      const { absolute = 0 } = sumTolerance(channels + 1, 8 * expertProduct)
      const tolerance = { absolute, relative: 4e-6 }
      const outputs = [tokens * topK, shape.rows / 2]
      expectClose(await gateUp(step, x), expectedGateUp(step, x), tolerance, outputs)
    },
  )

  it('clamps gate and up, and stays finite for any gate', async () => {
    const silent = randomExperts({ experts: 1, rows: swigluEdges.length, channels: 32 }, 1)
    const experts = { ...silent, bias: Float32Array.from(swigluEdges) }
    const step = { experts, choices: [0], topK: 1, tile }
    const y = await gateUp(step, new Float32Array(32))
    expectClose(y, reference.swiglu(swigluEdges, 7), { absolute: 1e-30, relative: 4e-6 })
  })

  it('leaves the pairs of other segments alone', async () => {
    const step = randomStep({ tokens: 9, topK: 2, experts: 6, rows: 4, channels: 32 }, tile)
    const x = randomF32(9 * 32, 3)
    const y = await gateUp(step, x, { first: 2, end: 5 })
    const expected = expectedGateUp(step, x)
    for (const [pair, expert] of step.choices.entries()) {
      const mine = [...y.subarray(pair * 2, pair * 2 + 2)]
      if (expert < 2 || expert >= 5) expect(mine).toEqual(Array(2).fill(untouched))
      else expectClose(mine, expected.subarray(pair * 2, pair * 2 + 2), { absolute: 1e-5 })
    }
  })

  it('gives a pair the same bits wherever it stands, and whoever stands beside it', async () => {
    const [tokens, topK, rows, channels] = [40, 2, 12, 96]
    const experts = randomExperts({ experts: 3, rows, channels }, 1)
    const choices = randomChoices(tokens, topK, 3)
    const x = randomF32(tokens * channels, 3)
    const together = await gateUp({ experts, choices, topK, tile }, x)
    for (const [first, end] of [
      [0, 1],
      [39, 40],
      [5, 38],
    ] as const) {
      const part = { experts, choices: choices.slice(first * topK, end * topK), topK, tile }
      const alone = await gateUp(part, x.subarray(first * channels, end * channels))
      const outputs = topK * (rows / 2)
      expect(alone).toEqual(together.subarray(first * outputs, end * outputs))
    }
  })
})

/** Stands where a kernel must not write. */
const untouched = -77

/** Tokens that chose experts: pair i = token · topK + choice chose expert choices[i]. */
interface Step {
  experts: Experts
  choices: number[]
  topK: number
  tile: TileShape
}

interface StepShape {
  tokens: number
  topK: number
  experts: number
  rows: number
  channels: number
}

function randomStep({ tokens, topK, experts, rows, channels }: StepShape, tile: TileShape): Step {
  return {
    experts: randomExperts({ experts, rows, channels }, 1),
    choices: randomChoices(tokens, topK, experts),
    topK,
    tile,
  }
}

/** Operands of both kernels, with the lists that expert-sort would make. */
function operands({ experts, choices, topK, tile }: Step, first?: number, end?: number) {
  const lists = listByExpert(choices, experts.experts, tileTokens(tile))
  const maxTiles = maxExpertTiles(choices.length / topK, topK, experts.experts, tileTokens(tile))
  const tiles = Uint32Array.from({ length: 3 * maxTiles }, (_, i) => lists.tiles.flat()[i] ?? 0)
  return {
    order: gpu.u32([choices.length], lists.order),
    tiles: gpu.u32([maxTiles, 3], tiles),
    experts: experts.experts,
    topK,
    tile,
    weight: uploadExperts(gpu, experts, first, end),
  }
}

interface Segment {
  first?: number
  end?: number
}

/** x [pairs, channels] → y [pairs, rows] */
async function down(step: Step, x: Float32Array, { first, end }: Segment = {}) {
  const { rows, channels } = step.experts
  const pairs = step.choices.length
  const y = gpu.f32([pairs, rows], Array(pairs * rows).fill(untouched))
  const dispatch = moeMatmulMxfp4(gpu, {
    ...operands(step, first, end),
    x: gpu.f32([pairs, channels], x),
    y,
  })
  await gpu.run(dispatch, pairs / step.topK)
  return gpu.readF32(y)
}

function expectedDown({ experts, choices }: Step, x: Float32Array) {
  const { channels } = experts
  return Float64Array.from(
    choices.flatMap((id, pair) => {
      const { weight, bias } = decodeExpert(experts, id)
      const row = x.subarray(pair * channels, (pair + 1) * channels)
      return [...reference.linear(row, weight, channels, bias)]
    }),
  )
}

/** x [tokens, channels] → y [pairs, rows / 2] */
async function gateUp(step: Step, x: Float32Array, { first, end }: Segment = {}) {
  const { rows, channels } = step.experts
  const pairs = step.choices.length
  const tokens = pairs / step.topK
  const y = gpu.f32([pairs, rows / 2], Array((pairs * rows) / 2).fill(untouched))
  const dispatch = moeMatmulMxfp4Swiglu(gpu, {
    ...operands(step, first, end),
    x: gpu.f32([tokens, channels], x),
    y,
    swigluLimit: 7,
  })
  await gpu.run(dispatch, tokens)
  return gpu.readF32(y)
}

function expectedGateUp({ experts, choices, topK }: Step, x: Float32Array) {
  const { channels } = experts
  return Float64Array.from(
    choices.flatMap((id, pair) => {
      const { weight, bias } = decodeExpert(experts, id)
      const token = Math.floor(pair / topK)
      const row = x.subarray(token * channels, (token + 1) * channels)
      return [...reference.swiglu(reference.linear(row, weight, channels, bias), 7)]
    }),
  )
}
