// biome-ignore-all lint/style/noNonNullAssertion: every loop stays within its arrays
/**
 * gpt-oss on the CPU, in plain f64: the page to read first, and the truth that every kernel is
 * tested against.
 *
 * A language model is a function from the tokens so far to one number (a logit) per token of the
 * vocabulary: the higher, the likelier it comes next. This page computes that function from top to
 * bottom: the model, then one layer of it, then each step of a layer, and last how weights are
 * stored. Nothing is cached and nothing is fast; it takes a whole text and gives the logits
 * after each of its tokens.
 *
 * Arrays are flat and row-major, and `[rows, columns]` in a comment is their shape. A weight matrix
 * is `[outputs, inputs]`. Weights are exact in f64; only sums, roots and exponentials round.
 */
import type { ModelConfig } from './model/config'
import type { TensorDtype } from './weights/tensor-table'

/** Numbers to read: a step accepts plain arrays and typed arrays alike. */
export type Values = ArrayLike<number>

/** A tensor's bytes, little-endian, as its safetensors or GGUF file stores them. */
export interface StoredTensor {
  dtype: TensorDtype
  bytes: Uint8Array
}

/** A checkpoint's tensor by its name, or undefined where it has none of that name. */
export type ReadTensor = (name: string) => StoredTensor | undefined

/** Sees every intermediate result. `layer` is null for the steps before and after the layers. */
export type Trace = (
  step: string,
  layer: number | null,
  values: Float64Array,
  shape: readonly number[],
) => void

// ── The model ────────────────────────────────────────────────────────────────────────────────────

/**
 * Runs the model over a text.
 *
 * @param cached what attention sees of each element of a key or a value: an engine that caches them may round
 * @returns logits [tokens, vocabSize]: row i says what may follow tokens[0] … tokens[i].
 */
export function forward(
  config: ModelConfig,
  read: ReadTensor,
  tokens: readonly number[],
  trace: Trace = () => {},
  cached = (element: number) => element,
): Float64Array {
  const { numHiddenLayers, hiddenSize, rmsNormEps } = config
  const shape = [tokens.length, hiddenSize]
  const rotations = ropeTable(config, tokens.length)

  // The residual stream: one vector per token, to which every block of every layer adds its part.
  let x = embed(existing(read, 'model.embed_tokens.weight'), tokens, hiddenSize)
  trace('embed', null, x, shape)

  for (let layer = 0; layer < numHiddenLayers; layer++) {
    x = add(x, attentionBlock(config, read, layer, x, rotations, trace, cached))
    trace('resid_attn', layer, x, shape)
    x = add(x, expertsBlock(config, read, layer, x, trace))
    trace('resid_mlp', layer, x, shape)
  }

  const normed = rmsNorm(x, decode(existing(read, 'model.norm.weight')), rmsNormEps)
  trace('final_norm', null, normed, shape)
  return linear(normed, decode(existing(read, 'lm_head.weight')), hiddenSize)
}

/** The rows of the embedding matrix [vocabSize, hiddenSize] for these tokens. */
export function embed(
  { dtype, bytes }: StoredTensor,
  tokens: readonly number[],
  hiddenSize: number,
): Float64Array {
  const rowBytes = hiddenSize * BYTES_PER_ELEMENT[dtype]
  const x = new Float64Array(tokens.length * hiddenSize)
  tokens.forEach((token, i) => {
    part(x, i, hiddenSize).set(decode({ dtype, bytes: part(bytes, token, rowBytes) }))
  })
  return x
}

// ── One layer: attention, then experts ───────────────────────────────────────────────────────────

/** Lets each token gather from the tokens before it. x and result: [tokens, hiddenSize]. */
function attentionBlock(
  config: ModelConfig,
  read: ReadTensor,
  layer: number,
  x: Float64Array,
  rotations: RopeTable,
  trace: Trace,
  cached: (element: number) => number,
): Float64Array {
  const { hiddenSize, numAttentionHeads, numKeyValueHeads, headDim, rmsNormEps } = config
  const tokens = x.length / hiddenSize
  const queryShape = [tokens, numAttentionHeads * headDim]
  const keyShape = [tokens, numKeyValueHeads * headDim]
  const weight = (name: string) => decode(existing(read, `model.layers.${layer}.${name}`))
  const project = (values: Float64Array, name: string, inputs: number) =>
    linear(values, weight(`self_attn.${name}.weight`), inputs, weight(`self_attn.${name}.bias`))

  const normed = rmsNorm(x, weight('input_layernorm.weight'), rmsNormEps)
  trace('attn_norm', layer, normed, [tokens, hiddenSize])

  const q = project(normed, 'q_proj', hiddenSize)
  const k = project(normed, 'k_proj', hiddenSize)
  const v = project(normed, 'v_proj', hiddenSize)
  trace('q', layer, q, queryShape)
  trace('k', layer, k, keyShape)
  trace('v', layer, v, keyShape)

  const qRotated = rope(q, rotations, headDim)
  const kRotated = rope(k, rotations, headDim)
  trace('q_rope', layer, qRotated, queryShape)
  trace('k_rope', layer, kRotated, keyShape)

  const sliding = config.layerTypes[layer] === 'sliding_attention'
  const window = sliding ? config.slidingWindow : Infinity
  const sinks = weight('self_attn.sinks')
  const { output, sinkMass } = attention(
    qRotated,
    kRotated.map(cached),
    v.map(cached),
    sinks,
    config,
    window,
  )
  trace('sink_mass', layer, sinkMass, [tokens, numAttentionHeads])
  trace('attn', layer, output, queryShape)

  const result = project(output, 'o_proj', numAttentionHeads * headDim)
  trace('o_proj', layer, result, [tokens, hiddenSize])
  return result
}

/** Sends each token through the few experts its router picks. x and result: [tokens, hiddenSize]. */
function expertsBlock(
  config: ModelConfig,
  read: ReadTensor,
  layer: number,
  x: Float64Array,
  trace: Trace,
): Float64Array {
  const { hiddenSize, intermediateSize, numLocalExperts, numExpertsPerTok, rmsNormEps } = config
  const tokens = x.length / hiddenSize
  const chosen = tokens * numExpertsPerTok
  const weight = (name: string) => decode(existing(read, `model.layers.${layer}.${name}`))

  const normed = rmsNorm(x, weight('post_attention_layernorm.weight'), rmsNormEps)
  trace('mlp_norm', layer, normed, [tokens, hiddenSize])

  const router = weight('mlp.router.weight')
  const logits = linear(normed, router, hiddenSize, weight('mlp.router.bias'))
  const { experts, weights } = route(logits, numLocalExperts, numExpertsPerTok)
  trace('router_logits', layer, logits, [tokens, numLocalExperts])
  trace('router_index', layer, experts, [tokens, numExpertsPerTok])
  trace('router_weight', layer, weights, [tokens, numExpertsPerTok])

  const weightsOf = expertsOf(config, read, layer)
  const gateUp = new Float64Array(chosen * 2 * intermediateSize)
  const activated = new Float64Array(chosen * intermediateSize)
  const down = new Float64Array(chosen * hiddenSize)
  const result = new Float64Array(tokens * hiddenSize)
  for (let e = 0; e < numLocalExperts; e++) {
    const places = [...experts.keys()].filter((i) => experts[i] === e)
    if (places.length === 0) continue
    const expertWeights = weightsOf(e)
    for (const i of places) {
      const token = Math.floor(i / numExpertsPerTok)
      const steps = expert(part(normed, token, hiddenSize), expertWeights, config.swigluLimit)
      part(gateUp, i, 2 * intermediateSize).set(steps.gateUp)
      part(activated, i, intermediateSize).set(steps.activated)
      part(down, i, hiddenSize).set(steps.down)

      const sum = part(result, token, hiddenSize)
      steps.down.forEach((value, c) => {
        sum[c]! += weights[i]! * value
      })
    }
  }
  trace('gate_up', layer, gateUp, [tokens, numExpertsPerTok, 2 * intermediateSize])
  trace('swiglu', layer, activated, [tokens, numExpertsPerTok, intermediateSize])
  trace('down', layer, down, [tokens, numExpertsPerTok, hiddenSize])
  trace('mlp', layer, result, [tokens, hiddenSize])
  return result
}

// ── Norm and linear map ──────────────────────────────────────────────────────────────────────────

/**
 * Scales each row to root mean square 1, then by `weight`.
 *
 *   y[r, c] = x[r, c] · weight[c] / √(mean(x[r]²) + epsilon)
 *
 * @param x [rows, channels]
 * @param weight [channels]
 * @returns [rows, channels]
 */
export function rmsNorm(x: Values, weight: Values, epsilon: number): Float64Array {
  const channels = weight.length
  const y = new Float64Array(x.length)
  for (let row = 0; row < x.length; row += channels) {
    let sumOfSquares = 0
    for (let c = 0; c < channels; c++) sumOfSquares += x[row + c]! ** 2
    const scale = 1 / Math.sqrt(sumOfSquares / channels + epsilon)
    for (let c = 0; c < channels; c++) y[row + c] = x[row + c]! * scale * weight[c]!
  }
  return y
}

/**
 * y = W x + b for each row x.
 *
 * @param x [rows, inputs]
 * @param weight W [outputs, inputs]
 * @param bias b [outputs]; left out, nothing is added
 * @returns [rows, outputs]
 */
export function linear(x: Values, weight: Values, inputs: number, bias?: Values): Float64Array {
  const rows = x.length / inputs
  const outputs = weight.length / inputs
  const y = new Float64Array(rows * outputs)
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < outputs; o++) {
      let sum = bias ? bias[o]! : 0
      for (let i = 0; i < inputs; i++) sum += weight[o * inputs + i]! * x[row * inputs + i]!
      y[row * outputs + o] = sum
    }
  }
  return y
}

/** The element-wise sum of two arrays of one shape. */
export function add(a: Values, b: Values): Float64Array {
  return Float64Array.from(a, (value, i) => value + b[i]!)
}

// ── Positions: rotary embedding, stretched by YaRN ───────────────────────────────────────────────
//
// A query or key carries its position as rotation: each pair of its elements turns by an angle that
// grows with the position, some pairs fast, some slowly. A dot product of two rotated vectors
// then depends on their distance only. (Su et al. 2021, "RoFormer"; Peng et al. 2023, "YaRN")

export type RopeConfig = Pick<ModelConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>

/** Cosines and sines by position and pair, each [positions, headDim / 2]. */
export interface RopeTable {
  cos: Float64Array
  sin: Float64Array
}

/**
 * The angle, in radians per position, by which each pair turns: [headDim / 2], fastest first.
 *
 * YaRN makes a model trained on short texts work on texts `factor` times as long. Pairs that turn
 * often within the original length keep their speed, since they tell near tokens apart; pairs that
 * turn less than once are slowed down by `factor`, so they never meet an unseen angle; between
 * lies a ramp over the pair's number.
 */
export function ropeFrequencies({ headDim, ropeTheta, ropeScaling }: RopeConfig): Float64Array {
  const { factor, betaFast, betaSlow, originalMaxPositionEmbeddings, truncate } = ropeScaling
  const half = headDim / 2

  // The (fractional) number of the pair that makes this many turns within the original length.
  const pairWithTurns = (turns: number) =>
    (half * Math.log(originalMaxPositionEmbeddings / (2 * Math.PI * turns))) / Math.log(ropeTheta)
  const first = pairWithTurns(betaFast)
  const last = pairWithTurns(betaSlow)
  const rampStart = Math.max(truncate ? Math.floor(first) : first, 0)
  const rampEnd = Math.min(truncate ? Math.ceil(last) : last, headDim - 1)

  return Float64Array.from({ length: half }, (_, pair) => {
    const frequency = ropeTheta ** (-pair / half)
    const ramp = clamp((pair - rampStart) / (rampEnd - rampStart), 0, 1)
    return frequency * (1 - ramp) + (frequency / factor) * ramp
  })
}

/**
 * Rotations for the positions 0 … positions − 1.
 *
 * YaRN also sharpens attention: cosines and sines carry the factor 0.1 · ln(factor) + 1.
 */
export function ropeTable(config: RopeConfig, positions: number): RopeTable {
  const frequencies = ropeFrequencies(config)
  const half = frequencies.length
  const sharpness = 0.1 * Math.log(config.ropeScaling.factor) + 1
  const angle = (i: number) => Math.floor(i / half) * frequencies[i % half]!
  const length = positions * half
  return {
    cos: Float64Array.from({ length }, (_, i) => sharpness * Math.cos(angle(i))),
    sin: Float64Array.from({ length }, (_, i) => sharpness * Math.sin(angle(i))),
  }
}

/**
 * Rotates every head of every row, row i by the table's row i. Element c of a head pairs with
 * element c + headDim / 2 of the same head.
 *
 * @param x queries or keys [rows, heads, headDim]
 * @param table [rows, headDim / 2]
 * @returns [rows, heads, headDim]
 */
export function rope(x: Values, { cos, sin }: RopeTable, headDim: number): Float64Array {
  const half = headDim / 2
  const rows = cos.length / half
  const rowLength = x.length / rows
  const y = new Float64Array(x.length)
  for (let row = 0; row < rows; row++) {
    for (let head = row * rowLength; head < (row + 1) * rowLength; head += headDim) {
      for (let pair = 0; pair < half; pair++) {
        const a = x[head + pair]!
        const b = x[head + pair + half]!
        const c = cos[row * half + pair]!
        const s = sin[row * half + pair]!
        y[head + pair] = a * c - b * s
        y[head + pair + half] = b * c + a * s
      }
    }
  }
  return y
}

// ── Attention ────────────────────────────────────────────────────────────────────────────────────

export type AttentionConfig = Pick<
  ModelConfig,
  'numAttentionHeads' | 'numKeyValueHeads' | 'headDim'
>

/**
 * Each query mixes the values of the positions it may see, weighted by how well their keys match.
 *
 * Several query heads share one key/value head (grouped-query attention). Position p sees the
 * positions up to itself, and of these only the last `window`, itself among them. Each query head
 * has a learned sink: one more logit in the softmax, with no value behind it, so that a head which
 * finds nothing may look away. (Ainslie et al. 2023, "GQA"; Xiao et al. 2023, "attention sinks")
 *
 * @param q rotated queries [queries, numAttentionHeads, headDim], of the last positions in k and v
 * @param k rotated keys [positions, numKeyValueHeads, headDim]
 * @param v values, shaped as k
 * @param sinks [numAttentionHeads]
 * @param window positions visible in a sliding layer; Infinity in a full layer
 * @returns output [queries, numAttentionHeads, headDim], and sinkMass [queries, numAttentionHeads]:
 *   the share of the softmax that each sink took
 */
export function attention(
  q: Values,
  k: Values,
  v: Values,
  sinks: Values,
  { numAttentionHeads, numKeyValueHeads, headDim }: AttentionConfig,
  window: number,
): { output: Float64Array; sinkMass: Float64Array } {
  const positions = k.length / (numKeyValueHeads * headDim)
  const queries = q.length / (numAttentionHeads * headDim)
  const queriesPerKey = numAttentionHeads / numKeyValueHeads
  const output = new Float64Array(q.length)
  const sinkMass = new Float64Array(queries * numAttentionHeads)

  for (let row = 0; row < queries * numAttentionHeads; row++) {
    const head = row % numAttentionHeads
    const position = positions - queries + Math.floor(row / numAttentionHeads)
    const first = Math.max(0, position - window + 1)
    const keyHead = Math.floor(head / queriesPerKey)
    const keyOffset = (key: number) => (key * numKeyValueHeads + keyHead) * headDim

    const scores: number[] = []
    for (let key = first; key <= position; key++) {
      let dot = 0
      for (let c = 0; c < headDim; c++) dot += q[row * headDim + c]! * k[keyOffset(key) + c]!
      scores.push(dot / Math.sqrt(headDim))
    }
    const shares = softmax([...scores, sinks[head]!])

    for (let key = first; key <= position; key++) {
      for (let c = 0; c < headDim; c++) {
        const value = shares[key - first]! * v[keyOffset(key) + c]!
        output[row * headDim + c]! += value
      }
    }
    sinkMass[row] = shares[scores.length]!
  }
  return { output, sinkMass }
}

/** exp(x) / Σ exp(x), shifted by the maximum so that nothing overflows. */
export function softmax(x: Values): Float64Array {
  const max = Array.from(x).reduce((a, b) => Math.max(a, b))
  const y = Float64Array.from(x, (value) => Math.exp(value - max))
  const sum = y.reduce((a, b) => a + b)
  return y.map((value) => value / sum)
}

// ── Experts ──────────────────────────────────────────────────────────────────────────────────────

/**
 * Picks for each row the k experts of highest logit, and shares out weight among these k alone.
 *
 * @param logits [rows, experts]
 * @returns experts [rows, k], best first, and their weights [rows, k], which add up to 1 per row
 */
export function route(
  logits: Values,
  numExperts: number,
  k: number,
): { experts: Float64Array; weights: Float64Array } {
  const rows = logits.length / numExperts
  const experts = new Float64Array(rows * k)
  const weights = new Float64Array(rows * k)
  for (let row = 0; row < rows; row++) {
    const rowLogits = Array.from({ length: numExperts }, (_, e) => logits[row * numExperts + e]!)
    const best = topK(rowLogits, k)
    experts.set(best, row * k)
    weights.set(softmax(best.map((e) => rowLogits[e]!)), row * k)
  }
  return { experts, weights }
}

/** The indices of the k largest values, best first; of equal values the lower index first. */
export function topK(values: Values, k: number): number[] {
  return Array.from({ length: values.length }, (_, i) => i)
    .sort((i, j) => values[j]! - values[i]! || i - j)
    .slice(0, k)
}

/** One expert's weights. Rows of gateUp alternate: gate 0, up 0, gate 1, up 1, … */
export interface ExpertWeights {
  gateUp: Values // [2 · intermediate, hidden]
  gateUpBias: Values // [2 · intermediate]
  down: Values // [hidden, intermediate]
  downBias: Values // [hidden]
}

/**
 * A layer's experts, by their number. Safetensors files have gates and ups in one tensor, and MXFP4
 * as blocks and scales; GGUF files have them the other way round in both.
 */
function expertsOf(
  { numLocalExperts, hiddenSize }: ModelConfig,
  read: ReadTensor,
  layer: number,
): (index: number) => ExpertWeights {
  const name = (rest: string) => `model.layers.${layer}.mlp.experts.${rest}`
  const tensor = (rest: string) => existing(read, name(rest))
  const slice = (bytes: Uint8Array, index: number) =>
    part(bytes, index, bytes.length / numLocalExperts)
  const numbers = ({ dtype, bytes }: StoredTensor, index: number) =>
    decode({ dtype, bytes: slice(bytes, index) })

  const downBias = tensor('down_proj_bias')
  const gateUpBlocks = read(name('gate_up_proj_blocks'))
  if (gateUpBlocks) {
    const gateUpScales = tensor('gate_up_proj_scales')
    const gateUpBias = tensor('gate_up_proj_bias')
    const downBlocks = tensor('down_proj_blocks')
    const downScales = tensor('down_proj_scales')
    return (index) => ({
      gateUp: decodeMxfp4(slice(gateUpBlocks.bytes, index), slice(gateUpScales.bytes, index)),
      gateUpBias: numbers(gateUpBias, index),
      down: decodeMxfp4(slice(downBlocks.bytes, index), slice(downScales.bytes, index)),
      downBias: numbers(downBias, index),
    })
  }
  const gate = tensor('gate_proj')
  const gateBias = tensor('gate_proj_bias')
  const up = tensor('up_proj')
  const upBias = tensor('up_proj_bias')
  const down = tensor('down_proj')
  return (index) => ({
    gateUp: inTurn(numbers(gate, index), numbers(up, index), hiddenSize),
    gateUpBias: inTurn(numbers(gateBias, index), numbers(upBias, index), 1),
    down: numbers(down, index),
    downBias: numbers(downBias, index),
  })
}

/** The rows of two matrices in turn: the first of one, the first of the other, the second … */
function inTurn(even: Float64Array, odd: Float64Array, channels: number): Float64Array {
  const rows = new Float64Array(2 * even.length)
  for (let row = 0; row < even.length / channels; row++) {
    part(rows, 2 * row, channels).set(part(even, row, channels))
    part(rows, 2 * row + 1, channels).set(part(odd, row, channels))
  }
  return rows
}

/**
 * What one expert makes of one token's vector [hidden]: up to the intermediate size, through the
 * activation, down again.
 *
 * @returns every step: gateUp [2 · intermediate], activated [intermediate], and down [hidden],
 *   which is the result
 */
export function expert(
  x: Values,
  weights: ExpertWeights,
  swigluLimit: number,
): { gateUp: Float64Array; activated: Float64Array; down: Float64Array } {
  const gateUp = linear(x, weights.gateUp, x.length, weights.gateUpBias)
  const activated = swiglu(gateUp, swigluLimit)
  const down = linear(activated, weights.down, activated.length, weights.downBias)
  return { gateUp, activated, down }
}

/**
 * The gated activation of gpt-oss, where g ≤ limit and |u| ≤ limit are clamped first:
 *
 *   y = g · sigmoid(1.702 · g) · (u + 1)
 *
 * @param gateUp gates and ups in turn [..., 2 · intermediate]
 * @returns [..., intermediate]
 */
export function swiglu(gateUp: Values, limit: number): Float64Array {
  return Float64Array.from({ length: gateUp.length / 2 }, (_, i) => {
    const gate = Math.min(gateUp[2 * i]!, limit)
    const up = clamp(gateUp[2 * i + 1]!, -limit, limit)
    return (gate / (1 + Math.exp(-1.702 * gate))) * (up + 1)
  })
}

// ── How weights are stored ───────────────────────────────────────────────────────────────────────

/** Bytes of one element; a group of 32 in Q8_0 has two more for its scale, one of MXFP4 one more. */
const BYTES_PER_ELEMENT: Record<TensorDtype, number> = {
  BF16: 2,
  F16: 2,
  F32: 4,
  I32: 4,
  U8: 1,
  Q8_0: 34 / 32,
  MXFP4: 17 / 32,
}

/** A tensor's bytes as numbers, whatever they are. */
export function decode({ dtype, bytes }: StoredTensor): Float64Array {
  switch (dtype) {
    case 'BF16':
      return decodeBf16(bytes)
    case 'F16':
      return decodeF16(bytes)
    case 'F32':
      return Float64Array.from(new Float32Array(bytes.slice().buffer))
    case 'I32':
      return Float64Array.from(new Int32Array(bytes.slice().buffer))
    case 'U8':
      return Float64Array.from(bytes)
    case 'Q8_0':
      return decodeQ80(bytes)
    case 'MXFP4':
      return decodeGgufMxfp4(bytes)
  }
}

/** bf16 is the upper half of an f32: the same exponent, seven bits of mantissa. */
export function bf16ToNumber(bits: number): number {
  return decodeBf16(Uint8Array.of(bits & 255, bits >> 8))[0]!
}

/** A bf16 tensor's bytes, little-endian, as numbers. */
export function decodeBf16(bytes: Uint8Array): Float64Array {
  const f32 = new Uint32Array(bytes.length / 2)
  for (let i = 0; i < f32.length; i++) {
    f32[i] = (bytes[2 * i]! | (bytes[2 * i + 1]! << 8)) << 16
  }
  return Float64Array.from(new Float32Array(f32.buffer))
}

/** An f16's sixteen bits as a number: a sign, five bits of exponent (bias 15), ten of fraction. */
export function f16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** An f16 tensor's bytes, little-endian, as numbers. */
export function decodeF16(bytes: Uint8Array): Float64Array {
  return Float64Array.from({ length: bytes.length / 2 }, (_, i) =>
    f16ToNumber(bytes[2 * i]! | (bytes[2 * i + 1]! << 8)),
  )
}

/**
 * Q8_0 of GGUF files: groups of 32 values, each a signed byte times the f16 scale of its group.
 *
 * @param blocks 34 bytes per group: the scale, then the values
 * @returns 32 numbers per group
 */
export function decodeQ80(blocks: Uint8Array): Float64Array {
  const values = new Float64Array((blocks.length / 34) * 32)
  for (let group = 0; group < blocks.length / 34; group++) {
    const block = part(blocks, group, 34)
    const scale = decodeF16(block.subarray(0, 2))[0]!
    values.set(
      Float64Array.from(new Int8Array(block.slice(2).buffer), (quant) => quant * scale),
      32 * group,
    )
  }
  return values
}

/** The sixteen values of a 4-bit float: one sign bit, two of exponent, one of mantissa. */
const FP4 = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6]

/**
 * MXFP4: groups of 32 values of 4 bits share one scale, a power of two.
 * (Open Compute Project, "OCP Microscaling Formats (MX) Specification" v1.0)
 *
 * @param blocks 16 bytes per group; the low half of a byte comes before its high half
 * @param scales one byte per group, the exponent plus 127
 * @returns 32 numbers per group
 */
export function decodeMxfp4(blocks: Uint8Array, scales: Uint8Array): Float64Array {
  const values = new Float64Array(2 * blocks.length)
  for (let group = 0; group < scales.length; group++) {
    const scale = 2 ** (scales[group]! - 127)
    for (let i = 16 * group; i < 16 * (group + 1); i++) {
      values[2 * i] = FP4[blocks[i]! & 15]! * scale
      values[2 * i + 1] = FP4[blocks[i]! >> 4]! * scale
    }
  }
  return values
}

/**
 * MXFP4 of GGUF files: the same groups, each with its scale in front and in another order.
 *
 * @param blocks 17 bytes per group: the scale, then 16 bytes, of which byte j holds value j in its
 *   low half and value j + 16 in its high half
 * @returns 32 numbers per group
 */
export function decodeGgufMxfp4(blocks: Uint8Array): Float64Array {
  const values = new Float64Array((blocks.length / 17) * 32)
  for (let group = 0; group < blocks.length / 17; group++) {
    const [byte, ...codes] = part(blocks, group, 17)
    const scale = 2 ** (byte! - 127)
    codes.forEach((pair, j) => {
      values[32 * group + j] = FP4[pair & 15]! * scale
      values[32 * group + j + 16] = FP4[pair >> 4]! * scale
    })
  }
  return values
}

// ── Small things ─────────────────────────────────────────────────────────────────────────────────

function existing(read: ReadTensor, name: string): StoredTensor {
  const tensor = read(name)
  if (!tensor) throw new Error(`no tensor ${name}`)
  return tensor
}

/** The index-th of an array's equal parts, as a view. */
function part<T extends Uint8Array | Float64Array>(all: T, index: number, length: number): T {
  return all.subarray(index * length, (index + 1) * length) as T
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high)
}
