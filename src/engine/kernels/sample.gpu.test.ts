import { describe, expect, it } from 'vitest'
import type { Sampling } from '../generate/sampler'
import { bufferUsage } from '../gpu/flags'
import { compilePipelines, type Dispatch, encode, type Uniform } from '../gpu/kernel'
import { type Tensor, write } from '../gpu/tensor'
import { softmax } from '../reference'
import { openTestGpu } from '../testing/gpu'
import { randomF32 } from '../testing/random'
import { rmsNormMatvec, rmsNormMatvecWorkgroups } from './rms-norm-matvec'
import { sample } from './sample'

const gpu = await openTestGpu()

/** Logits of these probabilities. */
const logs = (probabilities: readonly number[]) => probabilities.map(Math.log)

const oneTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

describe('sample at temperature 0', () => {
  const greedy = async (options: Draws) => (await draw({ temperature: 0, ...options }))[0]

  it('takes the largest logit', async () => {
    expect(await greedy({ logits: [1, 3, 2] })).toBe(1)
    expect(await greedy({ logits: [-3, -1, -2] })).toBe(1)
  })

  it.each([
    { ties: [3, 259], because: 'one lane sees both' },
    { ties: [256, 1], because: 'a later lane sees the lower id' },
    { ties: [700, 511], because: 'lanes of one workgroup' },
    { ties: oneTo(999), because: 'all but one are alike' },
  ])('takes the lowest id between equals $ties: $because', async ({ ties }) => {
    const logits = Array(1000).fill(-1)
    for (const token of ties) logits[token] = 5
    expect(await greedy({ logits })).toBe(Math.min(...ties))
  })

  it('takes token 0 where all are alike', async () => {
    expect(await greedy({ logits: Array(300).fill(0) })).toBe(0)
  })

  it('takes zeros of both signs for equals', async () => {
    expect(await greedy({ logits: [-1, -0, 0] })).toBe(1)
  })

  it('passes over logits of minus infinity', async () => {
    expect(await greedy({ logits: [-Infinity, -1e30, -Infinity] })).toBe(1)
  })

  it('never takes an id that has no token, however large its logit', async () => {
    const logits = Float32Array.from({ length: 1000 }, (_, i) => (i < 900 ? i / 1000 : 100))
    expect(await greedy({ logits, tokenCount: 900 })).toBe(899)
  })

  it('takes the lowest id between equals of several segments of the head', async () => {
    const logits = Array(1500).fill(-1)
    for (const token of [1400, 700]) logits[token] = 5
    expect(await greedy({ logits, segments: 3 })).toBe(700)
    expect(await greedy({ logits: logits.fill(-2, 0, 1000), segments: 3 })).toBe(1400)
  })

  it('searches the whole vocabulary of gpt-oss', async () => {
    const logits = randomF32(201_088, 1, 10)
    logits[201_087] = 50 // past the last token
    logits[200_018] = 30
    expect(await greedy({ logits, tokenCount: 200_019 })).toBe(200_018)
  })
})

describe('repetition penalty', () => {
  it.each([
    { logits: [2, 1.5, -9], seen: [0], expected: 1, because: 'a positive logit is divided' },
    { logits: [-1, -1.5, -9], seen: [0], expected: 1, because: 'a negative one is multiplied' },
    { logits: [4, 1.5, -9], seen: [0], expected: 0, because: 'half is still the most' },
    { logits: [2, 1.5, -9], seen: [], expected: 0, because: 'nothing was seen' },
    { logits: [2, 1.5, -9], seen: [0, 1, 2], expected: 0, because: 'everything was seen' },
  ])('$logits, seen $seen: $because', async ({ logits, seen, expected }) => {
    const penalised = { logits, seen, repetitionPenalty: 2 }
    expect(await draw({ ...penalised, temperature: 0 })).toEqual([expected])
    expect(await draw({ ...penalised, temperature: 1, topK: 1 })).toEqual([expected])
  })

  it('counts the tokens that it chose itself', async () => {
    const logits = [...Array(38).fill(0), 3, 4]
    const seen = gpu.u32([2])
    const nextToken = gpu.u32([1])
    const sampling = samplingUniform()
    writeSampling(sampling, { ...plain, temperature: 0, repetitionPenalty: 2 }, 40)
    const step = gpu.step()
    const dispatches = headAndSample({ step, sampling, logits, seen, nextToken })
    const chosen: number[] = []
    for (let i = 0; i < 3; i++) {
      await gpu.run(dispatches)
      chosen.push(...(await gpu.readU32(nextToken)))
    }
    expect(chosen).toEqual([39, 38, 39])
    expect([...(await gpu.readU32(seen))]).toEqual([0, 0b1100_0000])
  })
})

describe('stop tokens', () => {
  const all = 0xffffffff

  it.each([
    { stopTokens: [], idle: 0, because: 'there are none' },
    { stopTokens: [0, 2, 4], idle: 0, because: 'the best is none of them' },
    { stopTokens: [3], idle: all, because: 'it is the best' },
    {
      stopTokens: [
        ...oneTo(16)
          .map((i) => 100 + i)
          .slice(1),
        3,
      ],
      idle: all,
      because: 'it is the last of 16',
    },
  ])('$stopTokens leave $idle workgroups idle: $because', async ({ stopTokens, idle }) => {
    const sampling = samplingUniform()
    writeSampling(sampling, { ...plain, temperature: 0 }, 5, stopTokens)
    const step = gpu.step({ position: 7 })
    const nextToken = gpu.u32([1])
    const logits = [0, 1, 2, 9, 3]
    await gpu.run(headAndSample({ step, sampling, logits, seen: gpu.u32([1]), nextToken }))
    expect([...(await gpu.readU32(nextToken))]).toEqual([3])
    const written = { dtype: 'u32', shape: [4], buffer: step.uniform } as const
    expect([...(await gpu.readU32(written))]).toEqual([7, 1, 0, idle])
  })

  it('leave everything as it is once the work is done', async () => {
    const sampling = samplingUniform()
    writeSampling(sampling, { ...plain, temperature: 0 }, 5, [3])
    const nextToken = gpu.u32([1], [3])
    const seen = gpu.u32([1], [0b1000])
    const step = gpu.step({ done: true })
    await gpu.run(headAndSample({ step, sampling, logits: [9, 1, 2, 3, 3], seen, nextToken }))
    expect([...(await gpu.readU32(nextToken))]).toEqual([3])
    expect([...(await gpu.readU32(seen))]).toEqual([0b1000])
  })
})

describe('filters', () => {
  /** The tokens that some seed draws: all that the filters keep, for the probabilities used here. */
  const kept = async (options: Draws) =>
    [...new Set(await draw({ ...options, seeds: oneTo(60) }))].sort((a, b) => a - b)

  // By probability: tokens 2, 0, 3, 1.
  const logits = logs([0.25, 0.1, 0.5, 0.15])

  it.each([
    { topK: 0, expected: [0, 1, 2, 3] },
    { topK: 1, expected: [2] },
    { topK: 2, expected: [0, 2] },
    { topK: 3, expected: [0, 2, 3] },
    { topK: 4, expected: [0, 1, 2, 3] },
    { topK: 1000, expected: [0, 1, 2, 3] },
  ])('top-k $topK', async ({ topK, expected }) => {
    expect(await kept({ logits, topK })).toEqual(expected)
  })

  it('top-k keeps whatever equals the last it keeps', async () => {
    expect(await kept({ logits: [1, 2, 1, 1, 0], topK: 2 })).toEqual([0, 1, 2, 3])
  })

  it('top-k orders logits of both signs', async () => {
    expect(await kept({ logits: [-0.5, 0.25, -0.25, 0, 0.5], topK: 3 })).toEqual([1, 3, 4])
  })

  it('top-k counts in a wide vocabulary', async () => {
    const wide = randomF32(1000, 2, 1)
    const best = oneTo(1000)
      .map((id) => id - 1)
      .sort((a, b) => (wide[b] as number) - (wide[a] as number))
      .slice(0, 20)
      .sort((a, b) => a - b)
    expect(await kept({ logits: wide, topK: 20 })).toEqual(best)
  })

  it.each([
    { topP: 1e-12, expected: [2] },
    { topP: 0.49, expected: [2] },
    { topP: 0.51, expected: [0, 2] },
    { topP: 0.74, expected: [0, 2] },
    { topP: 0.76, expected: [0, 2, 3] },
    { topP: 0.89, expected: [0, 2, 3] },
    { topP: 0.91, expected: [0, 1, 2, 3] },
    { topP: 0.999999, expected: [0, 1, 2, 3] },
    { topP: 1, expected: [0, 1, 2, 3] },
  ])('top-p $topP', async ({ topP, expected }) => {
    expect(await kept({ logits, topP })).toEqual(expected)
  })

  it.each([
    { minP: 0, expected: [0, 1, 2, 3] },
    { minP: 0.19, expected: [0, 1, 2, 3] },
    { minP: 0.21, expected: [0, 2, 3] },
    { minP: 0.31, expected: [0, 2] },
    { minP: 0.49, expected: [0, 2] },
    { minP: 0.51, expected: [2] },
    { minP: 1, expected: [2] },
  ])('min-p $minP', async ({ minP, expected }) => {
    expect(await kept({ logits, minP })).toEqual(expected)
  })

  it.each([
    { options: { topP: 0.6 }, expected: [0, 2], because: 'alone' },
    { options: { topP: 0.6, topK: 2 }, expected: [2], because: 'of what top-k keeps' },
    { options: { topP: 0.6, temperature: 0.5 }, expected: [2], because: 'sharpened before' },
    { options: { topP: 0.6, temperature: 2 }, expected: [0, 2], because: 'flattened before' },
    { options: { minP: 0.4, temperature: 0.5 }, expected: [2], because: 'min-p, sharpened' },
    { options: { topK: 3, minP: 0.4 }, expected: [0, 2], because: 'the narrower one rules' },
    {
      options: { topP: 0.6, seen: [2], repetitionPenalty: 4 },
      expected: [0, 3],
      because: 'penalty',
    },
  ])('filters in order: $options: $because', async ({ options, expected }) => {
    expect(await kept({ logits, ...options })).toEqual(expected)
  })

  it('top-p keeps no more than top-k where rounding leaves the mass short', async () => {
    const two = Array.from({ length: 6000 }, (_, i) => (i < 5000 ? 0 : -0.001))
    const tokens = await kept({ logits: two, topK: 5000, topP: 0.999999 })
    expect(Math.max(...tokens)).toBeLessThan(5000)
  })

  it('keeps all where all are alike', async () => {
    const alike = Array(4).fill(7)
    expect(await kept({ logits: alike, topP: 0.999999, minP: 1 })).toEqual([0, 1, 2, 3])
  })

  it('never draws minus infinity, or an id without a token', async () => {
    const some = [-Infinity, 1, -Infinity, 1, 50]
    expect(await kept({ logits: some, tokenCount: 4 })).toEqual([1, 3])
    expect(await kept({ logits: some, tokenCount: 4, topP: 0.99, topK: 3 })).toEqual([1, 3])
  })

  it.each([0.001, 100])('draws only from the best at temperature %d', async (temperature) => {
    const near = [10, 10.1, 9.9, -20]
    const expected = temperature < 1 ? [1] : [0, 1, 2]
    expect(await kept({ logits: near, temperature, topK: 3 })).toEqual(expected)
  })
})

describe('draws', () => {
  it('are the same for one seed and position, and vary with either', async () => {
    const logits = new Float32Array(1000)
    const once = await draw({ logits, seeds: [7], positions: oneTo(40) })
    expect(await draw({ logits, seeds: [7], positions: oneTo(40) })).toEqual(once)
    expect(new Set(once).size).toBeGreaterThan(35)
    expect(new Set(await draw({ logits, seeds: oneTo(40) })).size).toBeGreaterThan(35)
  })

  it('depend on the position of the next token, not on how the rows before it were split', async () => {
    const logits = new Float32Array(1000)
    const decoded = await draw({ logits, positions: [9], rows: 1 })
    expect(await draw({ logits, positions: [0], rows: 10 })).toEqual(decoded)
    expect(await draw({ logits, positions: [6], rows: 4 })).toEqual(decoded)
  })

  const uneven = logs([0.3, 0.02, 0.2, 0.1, 0.05, 0.25, 0.06, 0.02])
  it.each([
    { name: 'over seeds', options: { seeds: oneTo(2000) }, logits: uneven },
    { name: 'over positions', options: { positions: oneTo(1000) }, logits: uneven },
    {
      name: 'at temperature 2',
      options: { seeds: oneTo(500), temperature: 2 },
      logits: uneven.map((logit) => logit / 2),
    },
    {
      name: 'of the four most probable',
      options: { seeds: oneTo(500), topK: 4 },
      logits: uneven.map((logit, i) => ([0, 2, 3, 5].includes(i) ? logit : -1e9)),
    },
  ])('follow the softmax $name', async ({ options, logits: effective }) => {
    // Spread over lanes, so that a lane's own choice and the choice among lanes both count.
    const place = (i: number) => 97 * i
    const logits = new Float32Array(700).fill(-Infinity)
    uneven.forEach((logit, i) => {
      logits[place(i)] = logit
    })
    const tokens = await draw({ logits, ...options })
    let chiSquare = 0
    softmax(effective).forEach((probability, i) => {
      const count = tokens.filter((token) => token === place(i)).length
      const expected = tokens.length * probability
      if (expected === 0) expect(count).toBe(0)
      else chiSquare += (count - expected) ** 2 / expected
    })
    // Above this in one of a thousand samples of 8 categories.
    expect(chiSquare).toBeLessThan(24.3)
  })

  it('never make up for a token that is out of the question', async () => {
    // The noise has these tokens' extremes: hashes of all ones and all zeros, but a few low bits.
    const extremes = [
      { position: 227, token: 7368 },
      { position: 262, token: 15_027 },
      { position: 158, token: 109_526 },
      { position: 258, token: 176_594 },
    ]
    const logits = new Float32Array(201_088)
    for (const { token } of extremes) logits[token] = -40
    for (const { position, token } of extremes) {
      const [chosen] = await draw({ logits, seeds: [1], positions: [position - 1] })
      expect(chosen).not.toBe(token)
    }
  })
})

/** No filter, and the softmax as it is. */
const plain: Sampling = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  seed: 1,
}

interface Draws extends Partial<Omit<Sampling, 'seed'>> {
  logits: ArrayLike<number>
  /** Ids past this have no token. */
  tokenCount?: number
  /** Dispatches of the head. */
  segments?: number
  /** Tokens of the context, for each draw anew. */
  seen?: readonly number[]
  /** One draw for each seed at each position. */
  seeds?: readonly number[]
  positions?: readonly number[]
  /** Of the step at each position; the token drawn comes after them. */
  rows?: number
}

/** Draws tokens from the same logits; each draw is a submission, as in generation. */
async function draw({
  logits,
  tokenCount = logits.length,
  segments = 1,
  seen = [],
  seeds = [1],
  positions = [0],
  rows = 1,
  ...options
}: Draws): Promise<number[]> {
  const step = gpu.step()
  const sampling = samplingUniform()
  const seenTokens = gpu.u32([Math.ceil(logits.length / 32)])
  const nextToken = gpu.u32([1])
  const operands = { step, sampling, seen: seenTokens, nextToken }
  const dispatches = headAndSample({ ...operands, logits, segments })
  await compilePipelines(gpu)

  const seenBits = new Uint32Array(Math.ceil(logits.length / 32))
  for (const token of seen) {
    const word = token >>> 5
    seenBits[word] = (seenBits[word] as number) | (1 << (token & 31))
  }
  const tokens = gpu.u32([seeds.length * positions.length])
  const { queue } = gpu.device
  let drawn = 0
  for (const seed of seeds)
    for (const position of positions) {
      queue.writeBuffer(step.uniform, 0, Uint32Array.of(position, rows, 0, 0))
      writeSampling(sampling, { ...plain, ...options, seed }, tokenCount)
      write(gpu, seenTokens, seenBits)
      const encoder = gpu.device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      encode(pass, dispatches, { position, rows })
      pass.end()
      encoder.copyBufferToBuffer(nextToken.buffer, 0, tokens.buffer, 4 * drawn++, 4)
      queue.submit([encoder.finish()])
    }
  return [...(await gpu.settle(gpu.readU32(tokens)))]
}

interface HeadAndSample {
  step: Uniform
  sampling: Uniform
  logits: ArrayLike<number>
  seen: Tensor<'u32'>
  nextToken: Tensor<'u32'>
  segments?: number
}

/** A head whose weight is the logits themselves, and the sampler after it. */
function headAndSample({
  logits,
  nextToken,
  segments = 1,
  ...operands
}: HeadAndSample): Dispatch[] {
  const [count, channels] = [logits.length, 8]
  const x = gpu.f32([1, channels], Array(channels).fill(1))
  const norm = gpu.f32([channels], [1, 0, 0, 0, 0, 0, 0, 0])
  const y = gpu.f32([1, count])
  const length = Math.ceil(count / segments)
  const firstRows = Array.from({ length: segments }, (_, i) => i * length)
  const rowsFrom = (firstRow: number) => Math.min(length, count - firstRow)
  const workgroups = firstRows.map((first) => rmsNormMatvecWorkgroups(rowsFrom(first), channels))
  const candidateCount = workgroups.reduce((a, b) => a + b)
  // What lies beyond the head's would win, were it looked at.
  const beyond = [0xffffffff, 0]
  const candidates = gpu.u32(
    [candidateCount + 1, 2],
    [...Array(2 * candidateCount).fill(0), ...beyond],
  )
  const { step, sampling, seen } = operands
  const head = firstRows.map((firstRow, i) => {
    const rows = rowsFrom(firstRow)
    const values = new Float32Array(rows * channels)
    for (let row = 0; row < rows; row++) values[row * channels] = logits[firstRow + row] as number
    const weight = { format: 'f32', values: gpu.f32([rows, channels], values) } as const
    const firstCandidate = workgroups.slice(0, i).reduce((a, b) => a + b, 0)
    const draw = { sampling, seen, candidates, firstCandidate }
    return rmsNormMatvec(gpu, { step, x, norm, epsilon: 0, weight, y, firstRow, draw })
  })
  const isFiltered = () => true
  return [
    ...head,
    sample(gpu, { ...operands, logits: y, nextToken, candidates, candidateCount, isFiltered }),
  ]
}

const samplingUniform = () => ({
  uniform: gpu.device.createBuffer({
    size: 96,
    usage: bufferUsage.storage | bufferUsage.copyTarget,
  }),
})

/** Writes `struct Sampling` of the WGSL. */
function writeSampling(
  { uniform }: ReturnType<typeof samplingUniform>,
  sampling: Sampling,
  tokenCount: number,
  stopTokens: readonly number[] = [],
) {
  const { temperature, topK, topP, minP, repetitionPenalty, seed } = sampling
  const values = new DataView(new ArrayBuffer(96))
  values.setFloat32(0, temperature, true)
  values.setUint32(4, topK, true)
  values.setFloat32(8, topP, true)
  values.setFloat32(12, minP, true)
  values.setFloat32(16, repetitionPenalty, true)
  values.setUint32(20, seed, true)
  values.setUint32(24, stopTokens.length, true)
  values.setUint32(28, tokenCount, true)
  stopTokens.forEach((token, i) => {
    values.setUint32(32 + 4 * i, token, true)
  })
  gpu.device.queue.writeBuffer(uniform, 0, values.buffer)
}
