import { describe, expect, it } from 'vitest'
import {
  attention,
  bf16ToNumber,
  decode,
  decodeBf16,
  decodeMxfp4,
  forward,
  linear,
  rmsNorm,
  rope,
  ropeFrequencies,
  ropeTable,
  route,
  softmax,
  swiglu,
  topK,
} from './reference'
import { expectClose } from './testing/closeness'
import type { DenseType } from './testing/gguf-file'
import {
  miniFolder,
  miniModelFolder,
  modelConfig,
  readCheckpoint,
  readGoldenValues,
  readJson,
  readTable,
  tinyFolder,
} from './testing/golden'
import { randomF32 } from './testing/random'
import {
  checkpointRecipe,
  synthesizedTensors,
  syntheticGgufSource,
} from './testing/synthetic-checkpoint'
import { openCheckpoint } from './weights/checkpoint'

/** The rope settings of gpt-oss-20b and gpt-oss-120b. */
const gptOssRope = {
  headDim: 64,
  ropeTheta: 150_000,
  ropeScaling: {
    ropeType: 'yarn',
    factor: 32,
    betaFast: 32,
    betaSlow: 1,
    originalMaxPositionEmbeddings: 4096,
    truncate: false,
  },
} as const

describe('rmsNorm', () => {
  it('brings each row to root mean square 1, then applies the weight', () => {
    const y = rmsNorm([3, -3, 3, -3, 8, 0, 0, 0], [1, 1, 1, 2], 0)
    expect([...y]).toEqual([1, -1, 1, -2, 2, 0, 0, 0])
  })

  it('keeps a row of zeros finite', () => {
    expect([...rmsNorm([0, 0], [1, 1], 1e-5)]).toEqual([0, 0])
  })
})

describe('linear', () => {
  it('multiplies each row by the matrix and adds the bias', () => {
    const weight = [1, 2, 3, 4, 5, 6] // [3, 2]
    expect([...linear([1, 10, 0, 1], weight, 2)]).toEqual([21, 43, 65, 2, 4, 6])
    expect([...linear([1, 10], weight, 2, [0.5, 0, -1])]).toEqual([21.5, 43, 64])
  })
})

describe('rope', () => {
  it('has the frequencies of gpt-oss, the ends of the ramp not rounded', () => {
    // Spec section 4.3.
    const expected = [
      1, 0.6890443059, 0.4747820555, 0.3271458719, 0.2254180002, 0.1553229895, 0.1070244215,
      0.07374456821, 0.05081327482, 0.03170569618, 0.01933500113, 0.01159204926, 0.00679495949,
      0.003860359317, 0.002093792379, 0.001052602101, 0.0004564839192, 0.0001293187012,
      3.830881237e-5, 2.639646903e-5, 1.818833668e-5, 1.253256982e-5, 8.635495875e-6,
      5.950239261e-6, 4.099978482e-6, 2.825066827e-6, 1.946596211e-6, 1.341291035e-6,
      9.242089502e-7, 6.368209146e-7, 4.387978251e-7, 3.023511428e-7,
    ]
    expectClose(ropeFrequencies(gptOssRope), expected, { relative: 1e-9 })
  })

  it('rounds the ends of the ramp outwards, to 8 and 18, where the config says truncate', () => {
    const ropeScaling = { ...gptOssRope.ropeScaling, truncate: true }
    const frequencies = ropeFrequencies({ ...gptOssRope, ropeScaling })
    const base = (pair: number) => 150_000 ** (-pair / 32)
    expect(frequencies[8]).toBeCloseTo(base(8), 12)
    expect(frequencies[13]).toBeCloseTo(base(13) * (0.5 + 0.5 / 32), 12)
    expect(frequencies[18]).toBeCloseTo(base(18) / 32, 12)
  })

  it('turns element c with element c + headDim / 2, by the angle of its row', () => {
    const x = [1, 2, /**/ 3, 4, /**/ 5, 6, /**/ 7, 8] // [2 rows, 2 heads, headDim 2]
    const table = { cos: Float64Array.of(0, 1), sin: Float64Array.of(1, 0) } // 90°, 0°
    expect([...rope(x, table, 2)]).toEqual([-2, 1, -4, 3, 5, 6, 7, 8])
  })

  it('makes the match of a query and a key depend on their distance only', () => {
    const table = ropeTable(gptOssRope, 5000)
    const row = (position: number) => ({
      cos: table.cos.subarray(position * 32, (position + 1) * 32),
      sin: table.sin.subarray(position * 32, (position + 1) * 32),
    })
    const query = randomF32(64, 1)
    const key = randomF32(64, 2)
    const match = (p: number, j: number) =>
      linear(rope(query, row(p), 64), rope(key, row(j), 64), 64)[0] as number
    expect(match(4999, 4900)).toBeCloseTo(match(99, 0), 9)
    expect(match(99, 0)).not.toBeCloseTo(match(98, 0), 3)
  })
})

describe('attention', () => {
  const one = { numAttentionHeads: 1, numKeyValueHeads: 1, headDim: 1 }

  it('gives a single key the share that the sink leaves', () => {
    const { output, sinkMass } = attention([2], [3], [10], [5], one, Infinity)
    const share = 1 / (1 + Math.exp(5 - 6))
    expect(output[0]).toBeCloseTo(10 * share, 12)
    expect(sinkMass[0]).toBeCloseTo(1 - share, 12)
  })

  it('sees no later position, and in a window of 2 only itself and the one before', () => {
    const v = [1, 10, 100, 1000]
    const zeros = [0, 0, 0, 0]
    const noSink = [-Infinity]
    const full = attention(zeros, zeros, v, noSink, one, Infinity).output
    expectClose(full, [1, 11 / 2, 111 / 3, 1111 / 4], { relative: 1e-12 })
    const sliding = attention(zeros, zeros, v, noSink, one, 2).output
    expectClose(sliding, [1, 11 / 2, 110 / 2, 1100 / 2], { relative: 1e-12 })
  })

  it('lets neighbouring query heads share a key head', () => {
    const heads = { numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 1 }
    const sinks = [-Infinity, -Infinity, -Infinity, -Infinity]
    const { output } = attention([1, 1, 1, 1], [0, 0], [7, 9], sinks, heads, Infinity)
    expect([...output]).toEqual([7, 7, 9, 9])
  })

  it('takes fewer queries than keys as the last positions', () => {
    const heads = { numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 8 }
    const q = randomF32(6 * 32, 1)
    const k = randomF32(6 * 16, 2)
    const v = randomF32(6 * 16, 3)
    const sinks = randomF32(4, 4)
    const all = attention(q, k, v, sinks, heads, 3)
    const last = attention(q.subarray(5 * 32), k, v, sinks, heads, 3)
    expect(last.output).toEqual(all.output.subarray(5 * 32))
    expect(last.sinkMass).toEqual(all.sinkMass.subarray(5 * 4))
  })
})

describe('softmax', () => {
  it('does not overflow', () => {
    expect([...softmax([10_000, 10_000])]).toEqual([0.5, 0.5])
  })
})

describe('routing', () => {
  it('prefers the lower index among equals', () => {
    expect(topK([1, 3, 2, 3, 3], 3)).toEqual([1, 3, 4])
  })

  it('shares weight among the chosen alone, the best first', () => {
    const { experts, weights } = route([0, 5, 5 + Math.log(3), -2, 9, 1, 9, 2], 4, 2)
    expect([...experts]).toEqual([2, 1, 0, 2])
    expectClose(weights, [0.75, 0.25, 0.5, 0.5], { absolute: 1e-12 })
  })
})

describe('swiglu', () => {
  it('multiplies gates by ups that stand beside them', () => {
    const y = swiglu([1, 2, 0, 5], 7)
    expectClose(y, [3 / (1 + Math.exp(-1.702)), 0], { absolute: 1e-12 })
  })

  it('clamps gates from above and ups on both sides', () => {
    const [limit] = swiglu([7, 7], 7)
    expect(swiglu([100, 100], 7)[0]).toBe(limit)
    expect(swiglu([1, -100], 7)[0]).toBe(swiglu([1, -7], 7)[0])
  })

  it('is zero, not NaN, for a gate far below zero', () => {
    expect(swiglu([-1000, 1], 7)[0]).toBeCloseTo(0, 12)
  })
})

describe('stored weights', () => {
  it('reads bf16', () => {
    expect(bf16ToNumber(0x3f80)).toBe(1)
    expect(bf16ToNumber(0xc040)).toBe(-3)
    expect([...decodeBf16(Uint8Array.of(0x80, 0x3f, 0x40, 0xc0))]).toEqual([1, -3])
  })

  it('reads f16: normal, subnormal and negative', () => {
    const bits = [0x3c00, 0xc500, 0x0001, 0x83ff, 0x7bff]
    const bytes = Uint8Array.from(bits.flatMap((half) => [half & 255, half >> 8]))
    expect([...decode({ dtype: 'F16', bytes })]).toEqual([1, -5, 2 ** -24, -1023 * 2 ** -24, 65504])
  })

  it('reads Q8_0: a half and the 32 signed bytes that it scales', () => {
    const quants = Array.from({ length: 64 }, (_, i) => 4 * i - 128) // −128 … 124
    const bytes = (values: number[]) => values.map((value) => value & 255)
    const values = decode({
      dtype: 'Q8_0',
      bytes: Uint8Array.of(
        ...[0x00, 0x38, ...bytes(quants.slice(0, 32))], // 0.5
        ...[0x00, 0xc0, ...bytes(quants.slice(32))], // −2
      ),
    })
    expect([...values]).toEqual(quants.map((quant, i) => quant * (i < 32 ? 0.5 : -2)))
  })

  it("reads GGUF's MXFP4: a scale, then sixteen bytes of the two halves of the group", () => {
    const codes = [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe, ...Array(8).fill(0)]
    const bytes = Uint8Array.of(...[128, ...codes], ...[0, ...Array(16).fill(0x22)])
    const values = decode({ dtype: 'MXFP4', bytes })
    expect([...values.subarray(0, 8)]).toEqual([0, 2, 4, 8, -0, -2, -4, -8])
    expect([...values.subarray(16, 24)]).toEqual([1, 3, 6, 12, -1, -3, -6, -12])
    expect(values[63]).toBe(2 ** -127)
  })

  it('reads MXFP4: low half first, every code, scale byte 127 for 1', () => {
    const blocks = Uint8Array.of(
      0x10,
      0x32,
      0x54,
      0x76,
      0x98,
      0xba,
      0xdc,
      0xfe,
      ...Array(8).fill(0),
    )
    const values = decodeMxfp4(blocks, Uint8Array.of(127))
    const codes = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6]
    expect([...values]).toEqual([...codes, ...Array(16).fill(0)])
  })

  it('gives each group its own scale, the byte 0 for 2⁻¹²⁷ among them', () => {
    const values = decodeMxfp4(new Uint8Array(48).fill(0x22), Uint8Array.of(130, 0, 126))
    expect(values[31]).toBe(8)
    expect(values[32]).toBe(2 ** -127)
    expect(values[95]).toBe(0.5)
  })
})

describe('forward, against an independent implementation', { timeout: 60_000 }, () => {
  const { config, read } = readCheckpoint(tinyFolder)
  const golden = readGoldenValues(new URL('golden.safetensors', tinyFolder))
  const trace = readGoldenValues(new URL('trace.safetensors', tinyFolder))

  /** The rows of `values` [rows, ...] at these positions. */
  const rowsAt = (values: Float64Array, rows: number, positions: Iterable<number>) => {
    const length = values.length / rows
    return Array.from(positions).flatMap((p) => [...values.subarray(p * length, (p + 1) * length)])
  }

  it.each([
    { sequence: 'single', because: 'one key and its sink' },
    { sequence: 'short', because: 'every position of it is traced' },
    { sequence: 'long', because: 'it passes the sliding window' },
  ])('computes every step and logit of $sequence: $because', ({ sequence }) => {
    const tokens = [...golden(`${sequence}.tokens`)]
    const traced = {
      single: [],
      short: tokens.keys(),
      long: trace('long.positions'),
    }[sequence] as Iterable<number>
    const positions = [...traced]

    const logits = forward(config, read, tokens, (step, layer, values, shape) => {
      const name = layer === null ? step : `layer${layer}.${step}`
      if (step === 'router_index') {
        expect(values, name).toEqual(golden(`${sequence}.${name}`))
      }
      if (positions.length === 0) return
      const expected = trace(`${sequence}.${name}`)
      const tolerance = { absolute: 2e-4, relative: 1e-4 }
      expectClose(rowsAt(values, tokens.length, positions), expected, tolerance, shape)
    })

    expectClose(logits, golden(`${sequence}.logits`), { absolute: 2e-4 }, [
      tokens.length,
      config.vocabSize,
    ])
  })

  it('continues a prompt with the same tokens', () => {
    const { greedy } = readJson<{ greedy: { prompt: number[]; output: number[] } }>(
      new URL('golden.json', tinyFolder),
    )
    const tokens = [...greedy.prompt]
    for (const expected of greedy.output) {
      const next = forward(config, read, tokens).subarray(-config.vocabSize)
      expect(topK(next, 1)).toEqual([expected])
      tokens.push(expected)
    }
  })
})

describe('forward, on a GGUF', () => {
  const shape = {
    numHiddenLayers: 2,
    numLocalExperts: 4,
    numExpertsPerTok: 2,
    hiddenSize: 64,
    intermediateSize: 96,
    numAttentionHeads: 4,
    numKeyValueHeads: 2,
    headDim: 16,
    vocabSize: 1000,
    slidingWindow: 8,
  }
  const recipe = checkpointRecipe(shape, { seed: 'reference' })
  const config = modelConfig(recipe.config)
  const tokens = [1, 999, 3, 14, 15, 92, 65, 35, 89, 79]
  const expected = forward(config, synthesizedTensors(recipe), tokens)
  const logits = async (dense: DenseType) => {
    const { tensors } = await openCheckpoint(syntheticGgufSource(recipe, dense), {
      gguf: 'model.gguf',
    })
    return forward(config, await readTable(tensors), tokens)
  }

  it.each(['BF16', 'F16', 'F32'] as const)(
    'in %s gives the very logits of safetensors, whose BF16 it holds',
    async (dense) => {
      expect(await logits(dense)).toEqual(expected)
    },
  )

  it('in Q8_0, which rounds, gives nearly the same', async () => {
    expectClose(await logits('Q8_0'), expected, { absolute: 0.3 })
  })
})

describe('forward, on the bundled model', { timeout: 60_000 }, () => {
  const { config, read } = readCheckpoint(miniModelFolder)
  const fixtures = readJson<{
    prompt_tokens: number[]
    greedy_tokens: number[]
    at_end_of_prompt: {
      layers: { residual: number[]; experts: number[]; expert_weights: number[] }[]
      logits: number[]
    }
  }>(new URL('fixtures.json', miniFolder))

  it('holds after each layer what it should', () => {
    const expected = fixtures.at_end_of_prompt
    const logits = forward(config, read, fixtures.prompt_tokens, (step, layer, values) => {
      if (layer === null) return
      const { residual, experts, expert_weights } = expected.layers[
        layer
      ] as (typeof expected)['layers'][0]
      const last = (length: number) => values.subarray(-length)
      if (step === 'router_index') expect([...last(experts.length)]).toEqual(experts)
      if (step === 'router_weight')
        expectClose(last(experts.length), expert_weights, { absolute: 1e-4 })
      if (step === 'resid_mlp') expectClose(last(residual.length), residual, { absolute: 1e-3 })
    })
    expectClose(logits.subarray(-config.vocabSize), expected.logits, { absolute: 1e-3 })
  })

  it('answers 347 + 586', () => {
    const { prompt_tokens, greedy_tokens } = fixtures
    const logits = forward(config, read, [...prompt_tokens, ...greedy_tokens])
    const best = greedy_tokens.map((_, i) => {
      const position = prompt_tokens.length - 1 + i
      return topK(
        logits.subarray(position * config.vocabSize, (position + 1) * config.vocabSize),
        1,
      )[0]
    })
    expect(best).toEqual(greedy_tokens)
  })
})
