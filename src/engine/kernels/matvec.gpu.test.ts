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
import type { TestGpu } from '../testing/gpu'
import { randomF32 } from '../testing/random'
import { exactly, teamsToTest } from '../testing/teams'
import { openVariants } from '../testing/variants'
import type { DenseFormat } from './dense-weight'
import { matvec } from './matvec'
import type { TeamShape } from './team'

const variants = await openVariants()

describe.each(variants)('matvec ($variant)', ({ gpu }) => {
  it('adds the product and the bias to what is there', async () => {
    const x = gpu.f32([1, 8], [1, 2, 3, 4, 5, 6, 7, 8])
    const weight = bf16Weight(gpu, [2, 8], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2])
    const bias = gpu.f32([2], [0.5, -1])
    const y = gpu.f32([1, 2], [0, 100])
    await gpu.run(matvec(gpu, { step: gpu.step(), x, weight, bias, y }))
    expect(await gpu.readF32(y)).toEqual(Float32Array.of(36.5, 115))
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

  describe.each(denseFormats)('of a weight in %s', (format) => {
    it.each([
      { rows: 33, channels: 96, because: 'rows of three groups end between words of scales' },
      { rows: 5, channels: 2880, because: 'the gpt-oss width' },
    ])('matches the reference for [$rows, $channels]: $because', async ({ rows, channels }) => {
      await expectMatch(gpu, { rows, channels, format })
    })
  })

  it('gives equal numbers the same bits, whatever format holds them', async () => {
    const [rows, channels] = [37, 1056] as const
    const x = gpu.f32([1, channels], randomF32(channels, 1))
    const bias = gpu.f32([rows], randomF32(rows, 3))
    const results: Float32Array[] = []
    for (const weight of randomInEveryFormat([rows, channels], 2)) {
      const y = gpu.f32([1, rows])
      await gpu.run(matvec(gpu, { step: gpu.step(), x, weight: uploadDense(gpu, weight), bias, y }))
      results.push(await gpu.readF32(y))
    }
    for (const result of results) expect(result).toEqual(results[0])
  })

  it.each(teamsToTest)(
    'sums over teams of $team of $workgroupSize lanes, $rows rows each',
    async (teams) => {
      await expectMatch(gpu, { rows: 37, channels: 1032, teams })
    },
  )

  it('does nothing once a stop token has ended the work', async () => {
    const y = gpu.f32([1, 1], [-77])
    const weight = bf16Weight(gpu, [1, 8], Array(8).fill(1))
    const x = gpu.f32([1, 8], Array(8).fill(1))
    const bias = gpu.f32([1], [1])
    await gpu.run(matvec(gpu, { step: gpu.step({ done: true }), x, weight, bias, y }))
    expect(await gpu.readF32(y)).toEqual(Float32Array.of(-77))
  })
})

const subgroupVariants = variants.filter(({ gpu }) => gpu.features.subgroups)

describe.each(subgroupVariants)('matvec ($variant, wider than promised)', ({ gpu }) => {
  // An adapter promises the width of its narrowest subgroup; the one that runs may be wider.
  it.each([1, 2])('sums where subgroups may be as narrow as %i', async (subgroupMinSize) => {
    for (const team of [1, 2, 8, 32]) {
      const teams = { workgroupSize: 128, team, rows: 4 } as const
      await expectMatch({ ...gpu, subgroupMinSize }, { rows: 37, channels: 264, teams })
    }
  })
})

interface Case {
  rows: number
  channels: number
  teams?: TeamShape
  format?: DenseFormat
}

/** Compares a product of random operands with the reference. */
async function expectMatch(gpu: TestGpu, { rows, channels, teams, format = 'bf16' }: Case) {
  const values = {
    x: randomF32(channels, 1),
    weight: randomDense(format, [rows, channels], 2),
    bias: randomF32(rows, 3),
    y: randomF32(rows, 4),
  }
  const y = gpu.f32([1, rows], values.y)
  const dispatch = matvec(gpu, {
    step: gpu.step(),
    x: gpu.f32([1, channels], values.x),
    weight: uploadDense(gpu, values.weight),
    bias: gpu.f32([rows], values.bias),
    y,
    ...(teams && { teams: exactly(teams) }),
  })
  await gpu.run(dispatch)
  const product = reference.linear(values.x, values.weight.values, channels, values.bias)
  expectClose(await gpu.readF32(y), reference.add(product, values.y), sumTolerance(channels + 2))
}
