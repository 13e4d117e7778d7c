import { describe, expect, it } from 'vitest'
import * as reference from '../reference'
import { expectClose, sumTolerance } from '../testing/closeness'
import type { TestGpu } from '../testing/gpu'
import { randomBf16, randomF32 } from '../testing/random'
import { openVariants } from '../testing/variants'
import { matvecBf16 } from './matvec-bf16'

const variants = await openVariants()

/** Of a workgroup of 128: narrower than a subgroup, as wide, wider, and all of it. */
const teams = [1, 2, 4, 8, 16, 32, 64, 128]

describe.each(variants)('matvecBf16 ($variant)', ({ gpu }) => {
  it('multiplies a matrix with a vector and adds the bias', async () => {
    const x = gpu.f32([1, 8], [1, 2, 3, 4, 5, 6, 7, 8])
    const weight = gpu.bf16([2, 8], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2])
    const bias = gpu.bf16([2], [0.5, -1])
    const y = gpu.f32([1, 2])
    await gpu.run(matvecBf16(gpu, { x, weight, bias, y }))
    expect(await gpu.readF32(y)).toEqual(Float32Array.of(36.5, 15))
  })

  it.each([
    { rows: 1, channels: 8, because: 'one row and one load: nearly all lanes idle' },
    { rows: 3, channels: 64, because: 'fewer rows than a team computes' },
    { rows: 33, channels: 96, because: 'the last team has one row' },
    { rows: 130, channels: 192, because: 'the last workgroup has few teams' },
    { rows: 7, channels: 2880, because: 'the gpt-oss width is no multiple of a team' },
  ])('matches the reference for [$rows, $channels]: $because', async ({ rows, channels }) => {
    await expectMatch(gpu, { rows, channels })
  })

  it.each(teams)('sums over a team of %i lanes', async (team) => {
    await expectMatch(gpu, { rows: 37, channels: 1032, team })
  })

  it('leaves out the bias of a projection that has none', async () => {
    await expectMatch(gpu, { rows: 9, channels: 64, biased: false })
  })

  it('adds to what is there when told to accumulate', async () => {
    await expectMatch(gpu, { rows: 9, channels: 64, accumulate: true })
  })

  it('writes a segment of the rows, and nothing around it', async () => {
    const x = gpu.f32([1, 8], Array(8).fill(1))
    const weight = gpu.bf16([3, 8], [...Array(8).fill(1), ...Array(8).fill(2), ...Array(8).fill(3)])
    const y = gpu.f32([1, 10], Array(10).fill(-77))
    await gpu.run(matvecBf16(gpu, { x, weight, y, firstRow: 5 }))
    const u = -77
    expect(await gpu.readF32(y)).toEqual(Float32Array.of(u, u, u, u, u, 8, 16, 24, u, u))
  })
})

const subgroupVariants = variants.filter(({ gpu }) => gpu.features.subgroups)

describe.each(subgroupVariants)('matvecBf16 ($variant, wider than promised)', ({ gpu }) => {
  // An adapter promises the width of its narrowest subgroup; the one that runs may be wider.
  it.each([1, 2])('sums where subgroups may be as narrow as %i', async (subgroupMinSize) => {
    for (const team of [1, 2, 8, 32])
      await expectMatch({ ...gpu, subgroupMinSize }, { rows: 37, channels: 264, team })
  })
})

interface Case {
  rows: number
  channels: number
  biased?: boolean
  accumulate?: boolean
  team?: number
}

/** Compares a product of random operands with the reference. */
async function expectMatch(
  gpu: TestGpu,
  { rows, channels, biased = true, accumulate = false, team }: Case,
) {
  const values = {
    x: randomF32(channels, 1),
    weight: randomBf16(rows * channels, 2),
    bias: randomBf16(rows, 3),
    y: randomF32(rows, 4),
  }
  const y = gpu.f32([1, rows], values.y)
  const dispatch = matvecBf16(gpu, {
    x: gpu.f32([1, channels], values.x),
    weight: gpu.bf16([rows, channels], values.weight),
    ...(biased && { bias: gpu.bf16([rows], values.bias) }),
    y,
    accumulate,
    ...(team && { teams: { workgroupSize: 128, team } }),
  })
  await gpu.run(dispatch)
  const bias = biased ? values.bias : undefined
  const product = reference.linear(values.x, values.weight, channels, bias)
  const expected = accumulate ? reference.add(product, values.y) : product
  expectClose(await gpu.readF32(y), expected, sumTolerance(channels + 2))
}
