import { describe, expect, it } from 'vitest'
import * as reference from '../reference'
import { expectClose, sumTolerance } from '../testing/closeness'
import {
  decodeExpert,
  type Experts,
  expertProduct,
  randomExperts,
  uploadExperts,
} from '../testing/experts'
import type { TestGpu } from '../testing/gpu'
import { randomF32 } from '../testing/random'
import { exactly, teamsToTest } from '../testing/teams'
import { openVariants } from '../testing/variants'
import { moeMatvecMxfp4Sum } from './moe-matvec-mxfp4-sum'
import type { TeamShape } from './team'

describe.each(await openVariants())('moeMatvecMxfp4Sum ($variant)', ({ gpu }) => {
  it('adds the weighted outputs to what is there', async () => {
    // Expert 0 is all 1, expert 1 all -2 (codes 2 and 12); scale 2^0.
    const experts: Experts = {
      experts: 2,
      rows: 1,
      channels: 32,
      blocks: Uint8Array.from({ length: 32 }, (_, i) => (i < 16 ? 0x22 : 0xcc)),
      scales: Uint8Array.of(127, 127),
      bias: Float32Array.of(1, 2),
    }
    const x = [3, ...Array(31).fill(0), 5, ...Array(31).fill(0)]
    const y = gpu.f32([1, 1], [100])
    const dispatch = moeMatvecMxfp4Sum(gpu, {
      step: gpu.step(),
      expertIds: gpu.u32([1, 2], [1, 0]),
      expertWeights: gpu.f32([1, 2], [0.75, 0.25]),
      x: gpu.f32([2, 32], x),
      weight: uploadExperts(gpu, experts),
      y,
    })
    await gpu.run(dispatch)
    // 0.75 (-2 · 3 + 2) + 0.25 (1 · 5 + 1)
    expect([...(await gpu.readF32(y))]).toEqual([100 - 3 + 1.5])
  })

  it('decodes every code under every kind of scale', async () => {
    // Row r holds all 16 codes, twice, under scale r: a one at channel c reads out column c.
    const scales = Uint8Array.of(0, 1, 2, 3, 100, 126, 127, 128, 200, 250)
    const rows = scales.length
    const blocks = Uint8Array.from({ length: rows * 16 }, (_, i) => {
      const low = (2 * i) % 16
      return low | ((low + 1) << 4)
    })
    const experts = { experts: 1, rows, channels: 32, blocks, scales, bias: new Float32Array(rows) }
    const weight = uploadExperts(gpu, experts)
    const values = reference.decodeMxfp4(blocks, scales)
    const [expertIds, expertWeights] = [gpu.u32([1, 1], [0]), gpu.f32([1, 1], [1])]
    const columns = Array.from({ length: 32 }, (_, channel) => {
      const x = new Float32Array(32)
      x[channel] = 1
      const y = gpu.f32([1, rows])
      const operands = {
        step: gpu.step(),
        expertIds,
        expertWeights,
        x: gpu.f32([1, 32], x),
        weight,
        y,
      }
      return { y, dispatch: moeMatvecMxfp4Sum(gpu, operands) }
    })
    await gpu.run(columns.map(({ dispatch }) => dispatch))
    for (const [channel, { y }] of columns.entries()) {
      // Scale 0 is subnormal and counts as zero; a device may take subnormal products for zero too.
      const expected = Array.from(scales, (scale, row) =>
        scale === 0 ? 0 : (values[32 * row + channel] as number),
      )
      expectClose(await gpu.readF32(y), expected, { absolute: 2 ** -126 })
    }
  })

  it('decodes the largest scale', async () => {
    const codes = [0x21, 0x93, 0xba, ...Array(13).fill(0)] // 0.5, 1, 1.5, -0.5, -1, -1.5
    const experts: Experts = {
      experts: 1,
      rows: 1,
      channels: 32,
      blocks: Uint8Array.from(codes),
      scales: Uint8Array.of(254),
      bias: new Float32Array(1),
    }
    const x = [2 ** -100, 2 ** -99, 2 ** -98, ...Array(29).fill(0)]
    const y = gpu.f32([1, 1])
    const dispatch = moeMatvecMxfp4Sum(gpu, {
      step: gpu.step(),
      expertIds: gpu.u32([1, 1], [0]),
      expertWeights: gpu.f32([1, 1], [1]),
      x: gpu.f32([1, 32], x),
      weight: uploadExperts(gpu, experts),
      y,
    })
    await gpu.run(dispatch)
    expect([...(await gpu.readF32(y))]).toEqual([2 ** 27 * (0.5 + 2 * 1 + 4 * 1.5)])
  })

  it.each([
    { experts: 1, rows: 1, channels: 32, chosen: [0], because: 'one of everything' },
    { experts: 32, rows: 64, channels: 64, chosen: [31, 0, 7, 30], because: 'first and last' },
    { experts: 4, rows: 67, channels: 192, chosen: [2, 1], because: 'the last team has 3 rows' },
    { experts: 128, rows: 6, channels: 96, chosen: [127, 3, 64, 5], because: 'gpt-oss-120b' },
    { experts: 3, rows: 5, channels: 32, chosen: [2, 0, 1], because: 'all experts are chosen' },
    { experts: 2, rows: 10, channels: 2880, chosen: [1], because: 'the gpt-oss width' },
  ])('$experts experts of [$rows, $channels]: $because', async ({ chosen, ...shape }) => {
    await expectMatch(gpu, randomExperts(shape, 1), chosen)
  })

  it.each(teamsToTest)(
    'sums over teams of $team of $workgroupSize lanes, $rows rows each',
    async (teams) => {
      const experts = randomExperts({ experts: 3, rows: 38, channels: 35 * 32 }, 2)
      await expectMatch(gpu, experts, [2, 0], { teams })
    },
  )

  it('adds up the same from segments, each with its own dispatch', async () => {
    const experts = randomExperts({ experts: 8, rows: 9, channels: 32 }, 4)
    await expectMatch(gpu, experts, [5, 2, 7, 3], { cuts: [0, 3, 6, 8] })
  })

  it.each([
    { done: false, chosen: [0, 7], because: 'no chosen expert is in the segment' },
    { done: true, chosen: [1, 2], because: 'a stop token has ended the work' },
  ])('adds nothing where $because', async ({ done, chosen }) => {
    const experts = randomExperts({ experts: 8, rows: 3, channels: 32 }, 5)
    const y = gpu.f32([1, 3], [1, 2, 3])
    const dispatch = moeMatvecMxfp4Sum(gpu, {
      step: gpu.step({ done }),
      expertIds: gpu.u32([1, 2], chosen),
      expertWeights: gpu.f32([1, 2], [0.5, 0.5]),
      x: gpu.f32([2, 32], randomF32(64, 6)),
      weight: uploadExperts(gpu, experts, 1, 7),
      y,
    })
    await gpu.run(dispatch)
    expect([...(await gpu.readF32(y))]).toEqual([1, 2, 3])
  })
})

/** Compares the weighted sum for random inputs with the reference. */
async function expectMatch(
  gpu: TestGpu,
  experts: Experts,
  chosen: readonly number[],
  { teams, cuts = [0, experts.experts] }: { teams?: TeamShape; cuts?: number[] } = {},
) {
  const { rows, channels } = experts
  const topK = chosen.length
  const x = randomF32(topK * channels, 7)
  const shares = Float32Array.from(chosen, (_, slot) => (slot + 1) / topK)
  const before = randomF32(rows, 8)
  const y = gpu.f32([1, rows], before)
  const dispatches = cuts.slice(1).map((end, i) =>
    moeMatvecMxfp4Sum(gpu, {
      step: gpu.step(),
      expertIds: gpu.u32([1, topK], chosen),
      expertWeights: gpu.f32([1, topK], shares),
      x: gpu.f32([topK, channels], x),
      weight: uploadExperts(gpu, experts, cuts[i], end),
      y,
      ...(teams && { teams: exactly(teams) }),
    }),
  )
  await gpu.run(dispatches)

  const expected = Float64Array.from(before)
  for (const [slot, id] of chosen.entries()) {
    const { weight, bias } = decodeExpert(experts, id)
    const row = x.subarray(slot * channels, (slot + 1) * channels)
    reference.linear(row, weight, channels, bias).forEach((value, r) => {
      expected[r] = (expected[r] as number) + (shares[slot] as number) * value
    })
  }
  const { absolute = 0 } = sumTolerance(topK * channels, expertProduct)
  expectClose(await gpu.readF32(y), expected, { absolute: absolute + 2e-7, relative: 5e-7 })
}
