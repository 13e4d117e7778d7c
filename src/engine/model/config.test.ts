import { describe, expect, it } from 'vitest'
import { miniModelFolder, readJson, tinyFolder } from '../testing/golden'
import { failure } from '../testing/memory-source'
import { type ModelConfig, parseConfig } from './config'

type Json = Record<string, unknown>

const tiny = () => readJson<Json>(new URL('config.json', tinyFolder))
const rope = () => tiny().rope_scaling as Json

describe('parseConfig', () => {
  it('takes what shapes the computation', () => {
    expect(parseConfig(tiny())).toEqual({
      numHiddenLayers: 4,
      numLocalExperts: 8,
      numExpertsPerTok: 4,
      hiddenSize: 128,
      intermediateSize: 96,
      numAttentionHeads: 4,
      numKeyValueHeads: 2,
      headDim: 64,
      vocabSize: 512,
      layerTypes: ['sliding_attention', 'full_attention', 'sliding_attention', 'full_attention'],
      slidingWindow: 128,
      maxPositionEmbeddings: 131072,
      rmsNormEps: 1e-5,
      swigluLimit: 7,
      ropeTheta: 150000,
      ropeScaling: {
        ropeType: 'yarn',
        factor: 32,
        betaFast: 32,
        betaSlow: 1,
        originalMaxPositionEmbeddings: 4096,
        truncate: false,
      },
    } satisfies ModelConfig)
  })

  it('accepts the bundled model', () => {
    const json = readJson(new URL('config.json', miniModelFolder))
    expect(parseConfig(json)).toMatchObject({ headDim: 32, slidingWindow: 64 })
  })

  it.each([
    {
      because: 'the rope block goes by its newer name, with its base inside',
      json: {
        ...tiny(),
        rope_scaling: undefined,
        rope_theta: undefined,
        rope_parameters: { ...rope(), rope_theta: 10_000 },
      },
      config: { ropeTheta: 10_000 },
    },
    {
      because: 'truncate is missing, which means true',
      json: { ...tiny(), rope_scaling: { ...rope(), truncate: undefined } },
      config: { ropeScaling: expect.objectContaining({ truncate: true }) },
    },
    {
      because: 'an attention factor is written as null',
      json: { ...tiny(), rope_scaling: { ...rope(), attention_factor: null } },
      config: {},
    },
    {
      because: 'only the older name for the active experts is there',
      json: { ...tiny(), num_experts_per_tok: undefined, experts_per_token: 2 },
      config: { numExpertsPerTok: 2 },
    },
    {
      because: 'layers alternate in another pattern',
      json: { ...tiny(), num_hidden_layers: 1, layer_types: ['full_attention'] },
      config: { numHiddenLayers: 1, layerTypes: ['full_attention'] },
    },
    {
      because: 'what has one possible value is not written',
      json: {
        ...tiny(),
        hidden_act: undefined,
        attention_bias: undefined,
        tie_word_embeddings: undefined,
      },
      config: {},
    },
  ])('accepts a config where $because', ({ json, config }) => {
    expect(parseConfig(json)).toMatchObject(config)
  })

  it.each([
    { change: { model_type: 'llama' }, problem: /^model_type is "llama"; .* "gpt_oss"$/ },
    { change: { hidden_act: 'gelu' }, problem: /^hidden_act is "gelu"/ },
    { change: { attention_bias: false }, problem: /^attention_bias is false/ },
    { change: { tie_word_embeddings: true }, problem: /^tie_word_embeddings is true/ },
    {
      change: { quantization_config: { quant_method: 'gptq' } },
      problem: /^quantization_config.quant_method is "gptq"; .* "mxfp4"$/,
    },
    {
      change: { rope_scaling: { ...rope(), rope_type: 'longrope' } },
      problem: /^rope_scaling.rope_type is "longrope"; .* "yarn"$/,
    },
    {
      change: { rope_scaling: { ...rope(), mscale: 2 } },
      problem: /^rope_scaling.mscale is set/,
    },
    {
      change: { layer_types: ['full_attention', 'linear_attention', '', ''] },
      problem: /^layer_types has the entry "linear_attention"$/,
    },
    { change: { head_dim: 36 }, problem: /^head_dim 36 is no multiple of 8$/ },
  ])('says that it does not run $change', async ({ change, problem }) => {
    expect(await failure(() => parseConfig({ ...tiny(), ...change }))).toEqual({
      code: 'model-unsupported',
      file: 'config.json',
      problem: expect.stringMatching(problem),
    })
  })

  it.each([
    { change: { model_type: undefined }, problem: 'model_type is missing' },
    { change: { quantization_config: undefined }, problem: 'quantization_config is missing' },
    { change: { quantization_config: [] }, problem: 'quantization_config is no JSON object' },
    { change: { vocab_size: undefined }, problem: 'vocab_size is missing' },
    { change: { vocab_size: null }, problem: 'vocab_size is missing' },
    { change: { vocab_size: '512' }, problem: /^vocab_size is "512", not a whole number/ },
    { change: { vocab_size: 0 }, problem: /^vocab_size is 0, not a whole number/ },
    { change: { vocab_size: 0.5 }, problem: /^vocab_size is 0.5/ },
    { change: { vocab_size: -512 }, problem: /^vocab_size is -512/ },
    { change: { vocab_size: 2 ** 31 }, problem: /^vocab_size is 2147483648/ },
    { change: { vocab_size: Number.POSITIVE_INFINITY }, problem: /^vocab_size is Infinity/ },
    { change: { rms_norm_eps: Number.NaN }, problem: /^rms_norm_eps is NaN, not a finite number/ },
    { change: { rms_norm_eps: -1e-5 }, problem: /^rms_norm_eps is -0.00001/ },
    { change: { swiglu_limit: 0 }, problem: /^swiglu_limit is 0/ },
    { change: { rope_theta: Number.POSITIVE_INFINITY }, problem: /^rope_theta is Infinity/ },
    { change: { rope_scaling: undefined }, problem: 'rope_scaling is missing' },
    { change: { rope_scaling: 'yarn' }, problem: 'rope_scaling is no JSON object' },
    {
      change: { rope_scaling: { ...rope(), factor: 0.5 } },
      problem: /^rope_scaling.factor is 0.5, not a number of at least 1/,
    },
    {
      change: { rope_scaling: { ...rope(), beta_slow: 32 } },
      problem: 'rope_scaling.beta_fast 32 is not above beta_slow 32',
    },
    {
      change: { rope_scaling: { ...rope(), truncate: 'no' } },
      problem: /^rope_scaling.truncate is "no", not true or false/,
    },
    {
      change: { rope_scaling: { ...rope(), original_max_position_embeddings: 1.5 } },
      problem: /^rope_scaling.original_max_position_embeddings is 1.5/,
    },
    { change: { layer_types: 'full_attention' }, problem: /^layer_types is "full_attention"/ },
    {
      change: { num_hidden_layers: 5 },
      problem: 'layer_types has 4 entries for num_hidden_layers 5',
    },
    { change: { hidden_size: 130 }, problem: /^hidden_size 130 is no multiple of 32/ },
    { change: { intermediate_size: 90 }, problem: /^intermediate_size 90 is no multiple of 32/ },
    {
      change: { num_key_value_heads: 3 },
      problem: 'num_attention_heads 4 is no multiple of num_key_value_heads 3',
    },
    {
      change: { num_local_experts: 3 },
      problem: 'num_experts_per_tok is 4, more than num_local_experts 3',
    },
    {
      change: { experts_per_token: 2 },
      problem: 'num_experts_per_tok and experts_per_token disagree',
    },
    {
      change: { num_experts_per_tok: undefined, experts_per_token: undefined },
      problem: 'num_experts_per_tok is missing',
    },
  ])('refuses $change', async ({ change, problem }) => {
    expect(await failure(() => parseConfig({ ...tiny(), ...change }, 'a/config.json'))).toEqual({
      code: 'file-invalid',
      file: 'a/config.json',
      problem: expect.stringMatching(problem),
    })
  })

  it.each([{ json: null }, { json: [] }, { json: 'gpt_oss' }, { json: 7 }, { json: undefined }])(
    'refuses $json in place of an object',
    async ({ json }) => {
      expect(await failure(() => parseConfig(json))).toEqual({
        code: 'file-invalid',
        file: 'config.json',
        problem: 'its content is no JSON object',
      })
    },
  )
})
