import { describe, expect, it } from 'vitest'
import { write } from '../gpu/tensor'
import * as reference from '../reference'
import { expectClose, sumTolerance } from '../testing/closeness'
import { bf16Weight, denseFormats, randomDense, uploadDense } from '../testing/dense'
import type { TestGpu } from '../testing/gpu'
import { randomF32 } from '../testing/random'
import { exactly, teamsToTest } from '../testing/teams'
import { openVariants } from '../testing/variants'
import type { DenseFormat } from './dense-weight'
import { rmsNormMatvec } from './rms-norm-matvec'
import type { TeamShape } from './team'

/** Stands where the kernel must not write. */
const untouched = -77

describe.each(await openVariants())('rmsNormMatvec ($variant)', ({ gpu }) => {
  it('norms, multiplies and adds the bias', async () => {
    const x = gpu.f32([1, 8], [3, -3, 3, -3, 3, -3, 3, -3]) // rms 3
    const norm = gpu.f32([8], [1, 1, 1, 1, 1, 1, 1, 2])
    const weight = bf16Weight(gpu, [2, 8], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 4])
    const [y, normed] = [gpu.f32([1, 2]), gpu.f32([1, 8])]
    const bias = gpu.f32([2], [0.5, -1])
    const step = gpu.step()
    await gpu.run(rmsNormMatvec(gpu, { step, x, norm, epsilon: 0, weight, bias, y, normed }))
    expectClose(await gpu.readF32(y), [-0.5, -9], { relative: 1e-6 })
    expectClose(await gpu.readF32(normed), [1, -1, 1, -1, 1, -1, 1, -2], { relative: 1e-6 })
  })

  it.each([
    { rows: 1, channels: 8, because: 'one row and one load: nearly all lanes idle' },
    { rows: 3, channels: 64, because: 'fewer rows than a team computes' },
    { rows: 33, channels: 96, because: 'the last team has one row' },
    { rows: 130, channels: 192, because: 'several workgroups share out the normed row' },
    { rows: 7, channels: 2880, because: 'the gpt-oss width is no multiple of a team' },
  ])('matches the reference for [$rows, $channels]: $because', async ({ rows, channels }) => {
    await expectMatch(gpu, { rows, channels })
  })

  it.each(denseFormats)('matches the reference for a weight in %s', async (format) => {
    await expectMatch(gpu, { rows: 33, channels: 96, format })
  })

  it.each(teamsToTest)(
    'sums over teams of $team of $workgroupSize lanes, $rows rows each',
    async (teams) => {
      await expectMatch(gpu, { rows: 37, channels: 1032, teams })
    },
  )

  it.each([0, 1, 4])('takes row %i when the step names it', async (headRow) => {
    await expectMatch(gpu, { rows: 5, channels: 96, headRow })
  })

  it('leaves out the bias of a projection that has none, and keeps no row', async () => {
    await expectMatch(gpu, { rows: 9, channels: 64, biased: false })
  })

  it.each([
    { scale: 0, because: 'epsilon keeps zeros finite' },
    { scale: 1e-6, because: 'epsilon outweighs the squares' },
    { scale: 1e17, because: 'the squares are near the end of f32' },
  ])('is finite for rows of magnitude $scale: $because', async ({ scale }) => {
    await expectMatch(gpu, { rows: 6, channels: 64, scale })
  })

  it.each([
    { workgroupSize: 128, team: 2, rows: 4 },
    { workgroupSize: 128, team: 32, rows: 4 },
    { workgroupSize: 64, team: 16, rows: 2 },
  ] as const)('leaves the best of each workgroup, with %o', async (teams) => {
    const [rows, channels] = [1029, 96]
    const perWorkgroup = teams.rows * (teams.workgroupSize / teams.team)
    const workgroups = Math.ceil(rows / perWorkgroup)
    const y = gpu.f32([1, rows])
    const untouchedKey = 7
    const candidates = gpu.u32([workgroups + 1, 2], Array(2 * workgroups + 2).fill(untouchedKey))
    const options = gpu.u32([24]) // temperature 0, no penalty for tokens that nobody has seen
    write(gpu, options, Uint32Array.of(rows - 1), 28) // the last row has no token
    const draw = {
      sampling: { uniform: options.buffer },
      seen: gpu.u32([Math.ceil(rows / 32)]),
      candidates,
      firstCandidate: 1,
    }
    await gpu.run(
      rmsNormMatvec(gpu, {
        step: gpu.step(),
        x: gpu.f32([1, channels], randomF32(channels, 1)),
        norm: gpu.f32([channels], randomF32(channels, 2)),
        epsilon: 1e-5,
        weight: uploadDense(gpu, randomDense('bf16', [rows, channels], 3)),
        y,
        teams: exactly(teams),
        draw,
      }),
    )
    const logits = (await gpu.readF32(y)).subarray(0, rows - 1)
    const best = Array.from({ length: workgroups }, (_, i) => {
      const own = logits.subarray(i * perWorkgroup, (i + 1) * perWorkgroup)
      return own.length === 0 ? 0xffffffff : i * perWorkgroup + own.indexOf(Math.max(...own))
    })
    const found = await gpu.readU32(candidates)
    expect([...found].filter((_, i) => i % 2 === 1)).toEqual([untouchedKey, ...best])
  })

  it('does nothing once a stop token has ended the work', async () => {
    const operands = {
      x: gpu.f32([1, 8], Array(8).fill(1)),
      norm: gpu.f32([8], Array(8).fill(1)),
      epsilon: 0,
      weight: bf16Weight(gpu, [1, 8], Array(8).fill(1)),
      bias: gpu.f32([1], [1]),
      y: gpu.f32([1, 1], [untouched]),
      normed: gpu.f32([1, 8], Array(8).fill(untouched)),
    }
    await gpu.run(rmsNormMatvec(gpu, { step: gpu.step({ done: true }), ...operands }))
    expect([...(await gpu.readF32(operands.y))]).toEqual([untouched])
    expect([...(await gpu.readF32(operands.normed))]).toEqual(Array(8).fill(untouched))
  })

  it('writes a segment of the rows, and nothing around it', async () => {
    const x = gpu.f32([1, 8], Array(8).fill(1))
    const norm = gpu.f32([8], Array(8).fill(1))
    const weight = bf16Weight(gpu, [2, 8], [...Array(8).fill(1), ...Array(8).fill(2)])
    const bias = gpu.f32([6], [9, 9, 9, 0.5, 0.25, 9])
    const y = gpu.f32([1, 6], Array(6).fill(untouched))
    const step = gpu.step()
    await gpu.run(rmsNormMatvec(gpu, { step, x, norm, epsilon: 0, weight, bias, y, firstRow: 3 }))
    const u = untouched
    expectClose(await gpu.readF32(y), [u, u, u, 8.5, 16.25, u], { relative: 1e-6 })
  })
})

interface Case {
  rows: number
  channels: number
  format?: DenseFormat
  teams?: TeamShape
  headRow?: number
  biased?: boolean
  scale?: number
}

/** Compares random operands' result, and the normed row where there is one, with the reference. */
async function expectMatch(gpu: TestGpu, shape: Case) {
  const { rows, channels, format = 'bf16', teams, headRow = 0, biased = true, scale = 1 } = shape
  const tokens = headRow + 2
  const values = {
    x: randomF32(tokens * channels, 1, scale),
    norm: randomF32(channels, 2),
    weight: randomDense(format, [rows, channels], 3),
    bias: randomF32(rows, 4),
  }
  const y = gpu.f32([1, rows])
  const normed = gpu.f32([1, channels])
  const dispatch = rmsNormMatvec(gpu, {
    step: gpu.step({ rows: tokens, headRow }),
    x: gpu.f32([tokens, channels], values.x),
    norm: gpu.f32([channels], values.norm),
    epsilon: 1e-5,
    weight: uploadDense(gpu, values.weight),
    y,
    ...(biased && { bias: gpu.f32([rows], values.bias), normed }),
    ...(teams && { teams: exactly(teams) }),
  })
  await gpu.run(dispatch)
  const row = values.x.subarray(headRow * channels, (headRow + 1) * channels)
  const expected = reference.rmsNorm(row, values.norm, 1e-5)
  const bias = biased ? values.bias : undefined
  const product = reference.linear(expected, values.weight.values, channels, bias)
  // A normed number is below 2, and rounded twice more.
  expectClose(await gpu.readF32(y), product, sumTolerance(channels + 4, 2))
  if (biased) expectClose(await gpu.readF32(normed), expected, { relative: 2e-6 })
}
