import { describe, expect, it } from 'vitest'
import * as reference from '../reference'
import { expectClose, sumTolerance } from '../testing/closeness'
import {
  decodeExpert,
  type Experts,
  expertProduct,
  randomExperts,
  swigluEdges,
  uploadExperts,
} from '../testing/experts'
import type { TestGpu } from '../testing/gpu'
import { randomF32 } from '../testing/random'
import { exactly, teamsToTest } from '../testing/teams'
import { openVariants } from '../testing/variants'
import type { TeamShape } from './team'
import { topKMoeMatvecMxfp4Swiglu } from './top-k-moe-matvec-mxfp4-swiglu'

describe.each(await openVariants())('topKMoeMatvecMxfp4Swiglu ($variant)', ({ gpu }) => {
  it('multiplies, adds the bias and gates', async () => {
    // One expert: the gate row is all 1, the up row all 0.5 (codes 2 and 1); scale 2^0.
    const blocks = Uint8Array.from({ length: 32 }, (_, i) => (i < 16 ? 0x22 : 0x11))
    const bias = Float32Array.of(0.5, -1)
    const experts: Experts = {
      experts: 1,
      rows: 2,
      channels: 32,
      blocks,
      scales: Uint8Array.of(127, 127),
      bias,
    }
    const x = [4, ...Array(31).fill(0)]
    const y = gpu.f32([1, 1])
    const dispatch = topKMoeMatvecMxfp4Swiglu(gpu, {
      step: gpu.step(),
      logits: gpu.f32([1, 1], [0]),
      ...choices(gpu, 1),
      x: gpu.f32([1, 32], x),
      weight: uploadExperts(gpu, experts),
      y,
      swigluLimit: 7,
    })
    await gpu.run(dispatch)
    // Gate 4.5, up 1.
    expectClose(await gpu.readF32(y), [(4.5 / (1 + Math.exp(-1.702 * 4.5))) * 2], {
      relative: 1e-6,
    })
  })

  it.each([
    { experts: 1, rows: 2, channels: 32, chosen: [0], because: 'one of everything' },
    { experts: 32, rows: 64, channels: 64, chosen: [31, 0, 7, 30], because: 'first and last' },
    { experts: 4, rows: 66, channels: 192, chosen: [2, 1], because: 'half a team of rows' },
    { experts: 128, rows: 6, channels: 96, chosen: [127, 3, 64, 5], because: 'gpt-oss-120b' },
    { experts: 2, rows: 10, channels: 2880, chosen: [1], because: 'the gpt-oss width' },
  ])('$experts experts of [$rows, $channels]: $because', async ({ chosen, ...shape }) => {
    await expectMatch(gpu, randomExperts(shape, 1), chosen)
  })

  it('finds every expert where a subgroup has room for more lanes than the workgroup has', async () => {
    const experts = randomExperts({ experts: 32, rows: 6, channels: 96 }, 7)
    const teams = { workgroupSize: 4, team: 2, rows: 4 } as const
    await expectMatch(gpu, experts, [31, 6, 13, 0], { teams })
  })

  it.each(teamsToTest)(
    'sums over teams of $team of $workgroupSize lanes, $rows rows each',
    async (teams) => {
      const experts = randomExperts({ experts: 3, rows: 38, channels: 35 * 32 }, 2)
      await expectMatch(gpu, experts, [2, 0], { teams })
    },
  )

  it('clamps gate and up, and stays finite for any gate', async () => {
    const rows = swigluEdges.length
    const silent = randomExperts({ experts: 1, rows, channels: 32 }, 3)
    const experts = { ...silent, bias: Float32Array.from(swigluEdges) }
    await expectMatch(gpu, experts, [0], { xScale: 0 })
  })

  it.each([
    { name: 'all alike', logits: [1, 1, 1, 1, 1, 1], expected: [0, 1, 2] },
    { name: 'two bests', logits: [0, 5, -1, 5, 2, 2], expected: [1, 3, 4] },
    { name: 'all negative', logits: [-9, -2, -7, -2, -30, -3], expected: [1, 3, 5] },
    { name: 'zeros of both signs', logits: [-0, 0, -1, -1, -1, -1], expected: [0, 1, 2] },
  ])('prefers the lower id between equals: $name', async ({ logits, expected }) => {
    const routed = choices(gpu, 3)
    const dispatch = topKMoeMatvecMxfp4Swiglu(gpu, {
      step: gpu.step(),
      logits: gpu.f32([1, 6], logits),
      ...routed,
      x: gpu.f32([1, 32]),
      weight: uploadExperts(gpu, randomExperts({ experts: 6, rows: 2, channels: 32 }, 6)),
      y: gpu.f32([3, 1]),
      swigluLimit: 7,
    })
    await gpu.run(dispatch)
    expect([...(await gpu.readU32(routed.expertIds))]).toEqual(expected)
  })

  it('does nothing once a stop token has ended the work', async () => {
    const y = gpu.f32([1, 1], [-77])
    const routed = choices(gpu, 1)
    const dispatch = topKMoeMatvecMxfp4Swiglu(gpu, {
      step: gpu.step({ done: true }),
      logits: gpu.f32([1, 2], [0, 1]),
      ...routed,
      x: gpu.f32([1, 32], Array(32).fill(1)),
      weight: uploadExperts(gpu, randomExperts({ experts: 2, rows: 2, channels: 32 }, 6)),
      y,
      swigluLimit: 7,
    })
    await gpu.run(dispatch)
    expect([...(await gpu.readF32(y))]).toEqual([-77])
    expect([...(await gpu.readU32(routed.expertIds))]).toEqual([0])
  })

  it('leaves the choices of other segments alone', async () => {
    const experts = randomExperts({ experts: 8, rows: 8, channels: 32 }, 4)
    const chosen = [5, 2, 7, 3]
    const values = randomF32(32, 5)
    const y = gpu.f32([4, 4], Array(16).fill(-77))
    const segment = (first: number, end: number) =>
      topKMoeMatvecMxfp4Swiglu(gpu, {
        step: gpu.step(),
        logits: gpu.f32([1, 8], logitsFor(chosen, 8)),
        ...choices(gpu, 4),
        x: gpu.f32([1, 32], values),
        weight: uploadExperts(gpu, experts, first, end),
        y,
        swigluLimit: 7,
      })
    const expected = expectedOutput(experts, chosen, values)

    await gpu.run(segment(3, 6))
    const some = await gpu.readF32(y)
    expectClose(some.subarray(0, 4), expected.subarray(0, 4), { absolute: 1e-5 })
    expect([...some.subarray(4, 12)]).toEqual(Array(8).fill(-77))
    expectClose(some.subarray(12), expected.subarray(12), { absolute: 1e-5 })

    await gpu.run([segment(0, 3), segment(6, 8)])
    expectClose(await gpu.readF32(y), expected, { absolute: 1e-5 })
  })
})

function expectedOutput(experts: Experts, chosen: readonly number[], x: reference.Values) {
  return Float64Array.from(
    chosen.flatMap((id) => {
      const { weight, bias } = decodeExpert(experts, id)
      return [...reference.swiglu(reference.linear(x, weight, experts.channels, bias), 7)]
    }),
  )
}

/** Compares random input's way through the chosen experts with the reference. */
async function expectMatch(
  gpu: TestGpu,
  experts: Experts,
  chosen: readonly number[],
  { teams, xScale = 1 }: { teams?: TeamShape; xScale?: number } = {},
) {
  const { rows, channels } = experts
  const values = randomF32(channels, 9, xScale)
  const y = gpu.f32([chosen.length, rows / 2])
  const logits = logitsFor(chosen, experts.experts)
  const routed = choices(gpu, chosen.length)
  const dispatch = topKMoeMatvecMxfp4Swiglu(gpu, {
    step: gpu.step(),
    logits: gpu.f32([1, experts.experts], logits),
    ...routed,
    x: gpu.f32([1, channels], values),
    weight: uploadExperts(gpu, experts),
    y,
    swigluLimit: 7,
    ...(teams && { teams: exactly(teams) }),
  })
  await gpu.run(dispatch)
  // SwiGLU's slope is at most about limit + 1 for a gate and limit for an up.
  const { absolute = 0 } = sumTolerance(channels + 1, 8 * expertProduct)
  expectClose(
    await gpu.readF32(y),
    expectedOutput(experts, chosen, values),
    { absolute, relative: 4e-6 },
    [chosen.length, rows / 2],
  )
  const { weights } = reference.route(logits, experts.experts, chosen.length)
  expect([...(await gpu.readU32(routed.expertIds))]).toEqual(chosen)
  expectClose(await gpu.readF32(routed.expertWeights), weights, { relative: 5e-6 })
}

/** Where the kernel leaves what it chose. */
const choices = (gpu: TestGpu, topK: number) => ({
  expertIds: gpu.u32([1, topK]),
  expertWeights: gpu.f32([1, topK]),
})

/** Logits for which a router chooses these experts, in this order. */
function logitsFor(chosen: readonly number[], experts: number): Float32Array {
  const logits = randomF32(experts, 7).map((value) => value - 2)
  chosen.forEach((expert, i) => {
    logits[expert] = 2 - i / 2
  })
  return logits
}
