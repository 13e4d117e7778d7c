import { describe, expect, it } from 'vitest'
import * as reference from '../reference'
import { expectClose } from '../testing/closeness'
import { randomBf16, randomF32 } from '../testing/random'
import { openVariants } from '../testing/variants'
import { rmsNorm } from './rms-norm'

describe.each(await openVariants())('rmsNorm ($variant)', ({ gpu }) => {
  it('brings a row to root mean square 1, then applies the weight', async () => {
    const x = gpu.f32([1, 4], [3, -3, 3, -3]) // rms 3
    const weight = gpu.f32([4], [1, 1, 1, 2])
    const y = gpu.f32([1, 4])
    await gpu.run(rmsNorm(gpu, { x, weight, y, epsilon: 0 }))
    expectClose(await gpu.readF32(y), [1, -1, 1, -2], { relative: 1e-6 })
  })

  it.each([
    { rows: 1, channels: 8, because: 'nearly every lane is idle' },
    { rows: 3, channels: 96, because: 'lanes of one subgroup are busy and idle' },
    { rows: 2, channels: 512, because: 'every lane reads one vector' },
    { rows: 2, channels: 516, because: 'one lane reads two' },
    { rows: 1, channels: 2880, because: 'the gpt-oss width is no multiple of the workgroup' },
    { rows: 33, channels: 192, because: 'rows must not mix' },
  ])('matches the reference for [$rows, $channels]: $because', async ({ rows, channels }) => {
    const values = { x: randomF32(rows * channels, 1), weight: randomBf16(channels, 2) }
    const x = gpu.f32([rows, channels], values.x)
    const weight = gpu.f32([channels], values.weight)
    const y = gpu.f32([rows, channels])
    await gpu.run(rmsNorm(gpu, { x, weight, y, epsilon: 1e-5 }), rows)
    const expected = reference.rmsNorm(values.x, values.weight, 1e-5)
    expectClose(await gpu.readF32(y), expected, { relative: 2e-6 }, [rows, channels])
  })

  it.each([
    { scale: 0, because: 'epsilon keeps zeros finite' },
    { scale: 1e-6, because: 'epsilon outweighs the squares' },
    { scale: 1e17, because: 'the squares are near the end of f32' },
  ])('keeps rows of magnitude $scale finite: $because', async ({ scale }) => {
    const values = randomF32(64, 3, scale)
    const x = gpu.f32([1, 64], values)
    const weight = gpu.f32([64], Array(64).fill(1))
    const y = gpu.f32([1, 64])
    await gpu.run(rmsNorm(gpu, { x, weight, y, epsilon: 1e-5 }))
    const expected = reference.rmsNorm(values, Array(64).fill(1), 1e-5)
    expectClose(await gpu.readF32(y), expected, { relative: 2e-6 })
  })

  it('leaves rows past the step alone', async () => {
    const x = gpu.f32([2, 4], [1, 1, 1, 1, 1, 1, 1, 1])
    const y = gpu.f32([2, 4], Array(8).fill(-77))
    await gpu.run(rmsNorm(gpu, { x, weight: gpu.f32([4], [1, 1, 1, 1]), y, epsilon: 0 }), 1)
    expect((await gpu.readF32(y)).subarray(4)).toEqual(Float32Array.of(-77, -77, -77, -77))
  })
})
