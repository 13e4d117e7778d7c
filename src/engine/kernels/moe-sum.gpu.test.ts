import { describe, expect, it } from 'vitest'
import { expectClose } from '../testing/closeness'
import { openTestGpu } from '../testing/gpu'
import { randomF32 } from '../testing/random'
import { moeSum } from './moe-sum'

const gpu = await openTestGpu()

describe('moeSum', () => {
  it('adds the weighted outputs to what is there', async () => {
    const expertWeights = gpu.f32([1, 2], [0.75, 0.25])
    const x = gpu.f32([2, 2], [4, 8, 100, 200])
    const y = gpu.f32([1, 2], [1000, 2000])
    await gpu.run(moeSum(gpu, { expertWeights, x, y }))
    expect([...(await gpu.readF32(y))]).toEqual([1028, 2056])
  })

  it.each([
    { tokens: 1, topK: 1, channels: 8, because: 'fewer channels than lanes' },
    { tokens: 33, topK: 4, channels: 96, because: 'the last workgroup is half idle' },
    { tokens: 2, topK: 4, channels: 2880, because: 'the gpt-oss width' },
  ])('$tokens tokens of $topK [$channels]: $because', async ({ tokens, topK, channels }) => {
    const weights = randomF32(tokens * topK, 1)
    const outputs = randomF32(tokens * topK * channels, 2)
    const before = randomF32(tokens * channels, 3)
    const y = gpu.f32([tokens, channels], before)
    const expertWeights = gpu.f32([tokens, topK], weights)
    const x = gpu.f32([tokens * topK, channels], outputs)
    await gpu.run(moeSum(gpu, { expertWeights, x, y }), tokens)
    const expected = Float64Array.from(before)
    for (const [i, value] of outputs.entries()) {
      const pair = Math.floor(i / channels)
      const target = Math.floor(pair / topK) * channels + (i % channels)
      expected[target] = (expected[target] as number) + (weights[pair] as number) * value
    }
    expectClose(await gpu.readF32(y), expected, { absolute: 1e-6 }, [tokens, channels])
  })

  it('leaves tokens past the step alone', async () => {
    const expertWeights = gpu.f32([2, 1], [1, 1])
    const x = gpu.f32([2, 2], [1, 1, 1, 1])
    const y = gpu.f32([2, 2], [0, 0, 0, 0])
    await gpu.run(moeSum(gpu, { expertWeights, x, y }), 1)
    expect([...(await gpu.readF32(y))]).toEqual([1, 1, 0, 0])
  })
})
