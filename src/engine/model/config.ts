import { EngineError } from '../errors'
import { fileInvalid, isObject, quoted } from '../weights/file-content'

/** The keys of a gpt-oss config.json that shape the computation, in camelCase (spec section 1.1). */
export interface ModelConfig {
  numHiddenLayers: number
  numLocalExperts: number
  numExpertsPerTok: number
  hiddenSize: number
  intermediateSize: number
  numAttentionHeads: number
  numKeyValueHeads: number
  headDim: number
  vocabSize: number
  /** One entry a layer. */
  layerTypes: readonly ('sliding_attention' | 'full_attention')[]
  slidingWindow: number
  maxPositionEmbeddings: number
  rmsNormEps: number
  swigluLimit: number
  ropeTheta: number
  ropeScaling: {
    ropeType: 'yarn'
    factor: number
    betaFast: number
    betaSlow: number
    originalMaxPositionEmbeddings: number
    truncate: boolean
  }
}

/** Weights along a row that share one scale (spec section 3.2). */
export const MXFP4_GROUP = 32

/**
 * Checks a config.json and takes from it what the computation needs.
 * @throws EngineError `file-invalid` for a value that makes no sense, `model-unsupported` for a
 *   sound model that this engine does not run
 */
export function parseConfig(json: unknown, file = 'config.json'): ModelConfig {
  const config = new Fields(json, file)
  config.mustBe('model_type', 'gpt_oss')
  config.mustBe('hidden_act', 'silu', { byDefault: 'silu' })
  config.mustBe('attention_bias', true, { byDefault: true })
  config.mustBe('tie_word_embeddings', false, { byDefault: false })
  config.object('quantization_config').mustBe('quant_method', 'mxfp4')

  const numHiddenLayers = config.count('num_hidden_layers')
  const numLocalExperts = config.count('num_local_experts')
  const numExpertsPerTok = config.countOf(['num_experts_per_tok', 'experts_per_token'])
  const hiddenSize = config.count('hidden_size')
  const intermediateSize = config.count('intermediate_size')
  const numAttentionHeads = config.count('num_attention_heads')
  const numKeyValueHeads = config.count('num_key_value_heads')
  const headDim = config.count('head_dim')
  const layerTypes = config.layerTypes('layer_types')
  // Newer tools write rope_parameters, with rope_theta inside.
  const rope = config.object(config.has('rope_parameters') ? 'rope_parameters' : 'rope_scaling')

  if (layerTypes.length !== numHiddenLayers) {
    throw config.invalid(
      `layer_types has ${layerTypes.length} entries for num_hidden_layers ${numHiddenLayers}`,
    )
  }
  if (numExpertsPerTok > numLocalExperts) {
    throw config.invalid(
      `num_experts_per_tok is ${numExpertsPerTok}, more than num_local_experts ${numLocalExperts}`,
    )
  }
  if (numAttentionHeads % numKeyValueHeads !== 0) {
    throw config.invalid(
      `num_attention_heads ${numAttentionHeads} is no multiple of num_key_value_heads ${numKeyValueHeads}`,
    )
  }
  for (const [key, size] of Object.entries({
    hidden_size: hiddenSize,
    intermediate_size: intermediateSize,
  })) {
    if (size % MXFP4_GROUP !== 0) {
      throw config.invalid(`${key} ${size} is no multiple of ${MXFP4_GROUP}, as MXFP4 needs`)
    }
  }
  // RoPE rotates pairs; kernels read a head in vectors of 8 elements.
  if (headDim % 8 !== 0) throw config.unsupported(`head_dim ${headDim} is no multiple of 8`)

  return {
    numHiddenLayers,
    numLocalExperts,
    numExpertsPerTok,
    hiddenSize,
    intermediateSize,
    numAttentionHeads,
    numKeyValueHeads,
    headDim,
    vocabSize: config.count('vocab_size'),
    layerTypes,
    slidingWindow: config.count('sliding_window'),
    maxPositionEmbeddings: config.count('max_position_embeddings'),
    rmsNormEps: config.positive('rms_norm_eps'),
    swigluLimit: config.positive('swiglu_limit'),
    ropeTheta: (rope.has('rope_theta') ? rope : config).positive('rope_theta'),
    ropeScaling: parseRopeScaling(rope),
  }
}

function parseRopeScaling(rope: Fields): ModelConfig['ropeScaling'] {
  rope.mustBe('rope_type', 'yarn')
  // These would replace the attention scale that follows from `factor` (spec section 4.3).
  for (const key of ['attention_factor', 'mscale', 'mscale_all_dim']) rope.mustBeAbsent(key)
  const betaFast = rope.positive('beta_fast')
  const betaSlow = rope.positive('beta_slow')
  if (betaFast <= betaSlow) {
    throw rope.invalid(`beta_fast ${betaFast} is not above beta_slow ${betaSlow}`)
  }
  return {
    ropeType: 'yarn',
    factor: rope.atLeast1('factor'),
    betaFast,
    betaSlow,
    originalMaxPositionEmbeddings: rope.count('original_max_position_embeddings'),
    // Hugging Face reads a missing truncate as true; OpenAI's configs write false.
    truncate: rope.boolean('truncate', { byDefault: true }),
  }
}

/** Largest count that is believed: what a shader's 32-bit integers can hold. */
const MAX_COUNT = 2 ** 31 - 1

/** An untrusted JSON object's fields, read by type; a null field counts as missing. */
class Fields {
  readonly #fields: ReadonlyMap<string, unknown>
  readonly #file: string
  readonly #path: string

  constructor(json: unknown, file: string, path = '') {
    this.#file = file
    this.#path = path
    if (!isObject(json)) {
      throw fileInvalid(file, `${path.slice(0, -1) || 'its content'} is no JSON object`)
    }
    this.#fields = new Map(Object.entries(json))
  }

  has(key: string): boolean {
    return (this.#fields.get(key) ?? null) !== null
  }

  object(key: string): Fields {
    return new Fields(this.#required(key), this.#file, `${this.#path}${key}.`)
  }

  mustBe(key: string, wanted: string | boolean, { byDefault }: { byDefault?: unknown } = {}): void {
    const value = byDefault === undefined || this.has(key) ? this.#required(key) : byDefault
    if (value !== wanted) {
      throw this.unsupported(`${key} is ${quoted(value)}; this engine runs ${quoted(wanted)}`)
    }
  }

  mustBeAbsent(key: string): void {
    if (!this.has(key)) return
    throw this.unsupported(`${key} is set, which this engine does not follow`)
  }

  count(key: string): number {
    const value = this.#required(key)
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MAX_COUNT) {
      throw this.#wrong(key, 'a whole number from 1 to 2147483647')
    }
    return value as number
  }

  /** A count that goes by several names, of which one at least must be there. */
  countOf(keys: readonly [string, ...string[]]): number {
    const present = keys.filter((key) => this.has(key))
    const counts = (present.length > 0 ? present : [keys[0]]).map((key) => this.count(key))
    if (new Set(counts).size > 1) throw this.invalid(`${present.join(' and ')} disagree`)
    return counts[0] as number
  }

  positive(key: string): number {
    const value = this.#required(key)
    if (typeof value !== 'number' || !(value > 0 && value < Infinity)) {
      throw this.#wrong(key, 'a finite number above 0')
    }
    return value
  }

  atLeast1(key: string): number {
    const value = this.positive(key)
    if (value < 1) throw this.#wrong(key, 'a number of at least 1')
    return value
  }

  boolean(key: string, { byDefault }: { byDefault: boolean }): boolean {
    if (!this.has(key)) return byDefault
    const value = this.#required(key)
    if (typeof value !== 'boolean') throw this.#wrong(key, 'true or false')
    return value
  }

  layerTypes(key: string): ModelConfig['layerTypes'] {
    const value = this.#required(key)
    if (!Array.isArray(value)) throw this.#wrong(key, 'a list')
    for (const type of value) {
      if (type !== 'sliding_attention' && type !== 'full_attention') {
        throw this.unsupported(`${key} has the entry ${quoted(type)}`)
      }
    }
    return value
  }

  /** The error for a value that makes no sense; `problem` begins with its key. */
  invalid(problem: string): EngineError {
    return fileInvalid(this.#file, this.#path + problem)
  }

  /** The error for a value that this engine does not follow; `problem` begins with its key. */
  unsupported(problem: string): EngineError {
    const code = 'model-unsupported'
    return new EngineError({ code, file: this.#file, problem: this.#path + problem })
  }

  #wrong(key: string, wanted: string): EngineError {
    return this.invalid(`${key} is ${quoted(this.#fields.get(key))}, not ${wanted}`)
  }

  #required(key: string): unknown {
    if (!this.has(key)) throw this.invalid(`${key} is missing`)
    return this.#fields.get(key)
  }
}
