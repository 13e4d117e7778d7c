import { describe, expect, it } from 'vitest'
import * as reference from '../reference'
import { expectClose } from '../testing/closeness'
import { openTestGpu } from '../testing/gpu'
import { randomF32 } from '../testing/random'
import { topK } from './top-k'

const gpu = await openTestGpu()

/** Routes every row of `logits` [rows, experts]. */
async function route(logits: ArrayLike<number>, experts: number, chosen: number) {
  const rows = logits.length / experts
  const expertIds = gpu.u32([rows, chosen])
  const expertWeights = gpu.f32([rows, chosen])
  const step = gpu.step({ rows })
  const dispatch = topK(gpu, {
    step,
    logits: gpu.f32([rows, experts], logits),
    expertIds,
    expertWeights,
  })
  await gpu.run(dispatch, rows)
  return { ids: await gpu.readU32(expertIds), weights: await gpu.readF32(expertWeights) }
}

describe('topK', () => {
  it('chooses the largest logits and shares out weight among these alone', async () => {
    const { ids, weights } = await route([0, Math.log(3), -5, Math.log(1)], 4, 2)
    expect([...ids]).toEqual([1, 0])
    expectClose(weights, [0.75, 0.25], { relative: 1e-6 })
  })

  it.each([
    { name: 'all alike', logits: [1, 1, 1, 1, 1, 1], expected: [0, 1, 2] },
    { name: 'two bests', logits: [0, 5, -1, 5, 2, 2], expected: [1, 3, 4] },
    { name: 'all negative', logits: [-9, -2, -7, -2, -30, -3], expected: [1, 3, 5] },
    { name: 'zeros of both signs', logits: [-0, 0, -1, -1, -1, -1], expected: [0, 1, 2] },
  ])('prefers the lower id between equals: $name', async ({ logits, expected }) => {
    expect([...(await route(logits, 6, 3)).ids]).toEqual(expected)
  })

  it('keeps weights finite where logits lie far apart', async () => {
    const { weights } = await route([1000, -1000, 0, 980], 4, 4)
    expectClose(weights, [1, Math.exp(-20), 0, 0], { relative: 5e-6, absolute: 1e-30 })
  })

  it.each([
    { tokens: 1, experts: 32, chosen: 4, because: 'decode of gpt-oss-20b' },
    { tokens: 65, experts: 128, chosen: 4, because: 'gpt-oss-120b, one token past a workgroup' },
    { tokens: 3, experts: 5, chosen: 5, because: 'every expert is chosen' },
    { tokens: 33, experts: 7, chosen: 1, because: 'one choice has all the weight' },
    { tokens: 2, experts: 1, chosen: 1, because: 'there is one expert' },
  ])('$chosen of $experts for $tokens tokens: $because', async ({ tokens, experts, chosen }) => {
    const logits = randomF32(tokens * experts, 1, 8)
    const { ids, weights } = await route(logits, experts, chosen)
    const expected = reference.route(logits, experts, chosen)
    expect([...ids]).toEqual([...expected.experts])
    expectClose(weights, expected.weights, { relative: 5e-6 }, [tokens, chosen])
  })

  it('leaves tokens past the step alone', async () => {
    const expertIds = gpu.u32([3, 1], [9, 9, 9])
    const expertWeights = gpu.f32([3, 1], [9, 9, 9])
    const logits = gpu.f32([3, 2], [0, 1, 0, 1, 0, 1])
    await gpu.run(topK(gpu, { step: gpu.step({ rows: 2 }), logits, expertIds, expertWeights }), 2)
    expect([...(await gpu.readU32(expertIds))]).toEqual([1, 1, 9])
    expect([...(await gpu.readF32(expertWeights))]).toEqual([1, 1, 9])
  })
})
