/**
 * A decoder of gpt-oss for onnxruntime, with random weights: the operators that the published exports
 * for the web are made of (GroupQueryAttention with a sink and a window, QMoE, MatMulNBits), four bits
 * a weight in blocks of 32. There is no MXFP4 among them, so these are other weights of the same shape.
 */
import type { ModelConfig } from '../../src/engine/model/config'
import { ropeTable } from '../../src/engine/model/rope-table'
import { nearestF16 } from '../../src/engine/testing/f16'
import type { FilePiece } from '../../src/engine/testing/gguf-file'
import { randomF32, randomIntegers } from '../../src/engine/testing/random'
import { OnnxGraph, type OnnxType } from './onnx-file'

/** Of activations, scales and the cache. */
export type OnnxFloat = 'f16' | 'f32'

const block = 32
/** Positions that the rotation tables reach. */
const positions = 4096
const dataFile = 'model.onnx.data'
const alignment = 4096

/** Tensors that lie one after another in the file beside the graph. */
class Weights {
  readonly pieces: FilePiece[] = []
  readonly #graph: OnnxGraph
  readonly #float: OnnxFloat
  #seed = 1
  #byteLength = 0

  constructor(graph: OnnxGraph, float: OnnxFloat) {
    this.#graph = graph
    this.#float = float
  }

  /** Numbers around `mean`. */
  random(name: string, shape: readonly number[], deviation: number, mean = 0): string {
    const length = Math.min(count(shape), tileElements)
    // Even spread over ±√3 has a deviation of 1.
    const values = randomF32(length, this.#seed++, deviation * Math.sqrt(3))
    return this.floats(
      name,
      shape,
      values.map((value) => value + mean),
    )
  }

  /** Numbers, over and over where there are fewer than the tensor has. */
  floats(name: string, shape: readonly number[], values: Float32Array): string {
    const elements = this.#float === 'f16' ? Uint16Array.from(values, nearestF16) : values
    const bytes = new Uint8Array(elements.buffer as ArrayBuffer)
    const byteLength = count(shape) * elements.BYTES_PER_ELEMENT
    return this.#add(name, this.#float, shape, tiled(bytes, byteLength))
  }

  /** Codes of four bits, two a byte; the scale of each block gives them this deviation. */
  quantized(name: string, outer: readonly number[], inputs: number, deviation: number) {
    const codes = [...outer, inputs / 2]
    const start = randomIntegers(this.#seed++)() % randomBytes().length
    // Even codes from -8 to 7 have a deviation of 4.6.
    const scale = new Float32Array(tileElements).fill(deviation / 4.6)
    return {
      codes: this.#add(`${name}.codes`, 'u8', codes, tiled(randomBytes(), count(codes), start)),
      scales: this.floats(`${name}.scales`, [...outer, inputs / block], scale),
    }
  }

  #add(name: string, type: OnnxType, shape: readonly number[], piece: FilePiece): string {
    const padding = (alignment - (this.#byteLength % alignment)) % alignment
    if (padding > 0)
      this.pieces.push({ byteLength: padding, bytes: (a, b) => new Uint8Array(b - a) })
    const byteOffset = this.#byteLength + padding
    this.pieces.push(piece)
    this.#byteLength = byteOffset + piece.byteLength
    const { byteLength } = piece
    return this.#graph.constant(name, type, shape, { file: dataFile, byteOffset, byteLength })
  }
}

/** The graph and its weights as files. */
export function onnxFiles(config: ModelConfig, float: OnnxFloat): Map<string, FilePiece[]> {
  const graph = new OnnxGraph()
  const weights = new Weights(graph, float)
  const { hiddenSize: hidden, headDim, vocabSize, rmsNormEps } = config
  const { numAttentionHeads: heads, numKeyValueHeads: kvHeads } = config
  const epsilon = { epsilon: { float: rmsNormEps } }

  graph.input('input_ids', 'i64', [1, 'tokens'])
  graph.input('seqlens_k', 'i32', [1])
  graph.input('total_sequence_length', 'i32', [])
  const tables = rotationTables(config)
  const table = [positions, headDim / 2]
  weights.floats('cos', table, tables.cos)
  weights.floats('sin', table, tables.sin)

  const linear = (x: string, name: string, inputs: number, outputs: number, hasBias: boolean) => {
    const { codes, scales } = weights.quantized(name, [outputs], inputs, 1 / Math.sqrt(inputs))
    // Level 4 quantizes activations to 8 bits before each product, as the published exports ask for.
    const sizes = { K: inputs, N: outputs, bits: 4, block_size: block, accuracy_level: 4 }
    const y = graph.ownNode('MatMulNBits', [x, codes, scales], sizes)
    return hasBias ? graph.node('Add', [y, weights.random(`${name}.bias`, [outputs], 0.02)]) : y
  }

  let residual = graph.node('Gather', [
    weights.random('embedding', [vocabSize, hidden], 1),
    'input_ids',
  ])
  /** What is to be added to the residual stream, with the next norm. */
  let delta: string | undefined
  const norm = (name: string) => {
    const weight = weights.random(name, [hidden], 0.02, 1)
    if (delta === undefined)
      return graph.node('SimplifiedLayerNormalization', [residual, weight], {
        ...epsilon,
        axis: -1,
      })
    const [normed, sum] = [graph.fresh(), graph.fresh()]
    const outputs = [normed, '', '', sum]
    graph.ownNode('SkipSimplifiedLayerNormalization', [residual, delta, weight], epsilon, outputs)
    residual = sum
    return normed
  }

  const rowShape = graph.constant('row shape', 'i64', [2], int64(-1, hidden))
  const queries = heads * headDim
  const { numLocalExperts: experts, intermediateSize: intermediate } = config
  config.layerTypes.forEach((type, layer) => {
    const name = (part: string) => `${layer}.${part}`
    const cache = (which: string, length: string) =>
      [`${which}.${layer}`, float, [1, kvHeads, length, headDim]] as const
    const [pastKeys, pastValues] = ['past_keys', 'past_values'].map((which) =>
      graph.input(...cache(which, 'past')),
    ) as [string, string]
    graph.output(...cache('keys', 'total'))
    graph.output(...cache('values', 'total'))

    const normed = norm(name('input_norm'))
    const qkv = linear(normed, name('qkv'), hidden, queries + 2 * kvHeads * headDim, true)
    const sinks = weights.random(name('sinks'), [heads], 0.5)
    const lengths = ['seqlens_k', 'total_sequence_length']
    const attended = graph.ownNode(
      'GroupQueryAttention',
      [qkv, '', '', pastKeys, pastValues, ...lengths, 'cos', 'sin', '', '', sinks],
      {
        num_heads: heads,
        kv_num_heads: kvHeads,
        scale: { float: 1 / Math.sqrt(headDim) },
        do_rotary: 1,
        rotary_interleaved: 0,
        local_window_size: type === 'sliding_attention' ? config.slidingWindow : -1,
      },
      [graph.fresh(), `keys.${layer}`, `values.${layer}`],
    )
    delta = linear(attended, name('o'), queries, hidden, true)

    const x = norm(name('post_norm'))
    const rows = graph.node('Reshape', [x, rowShape])
    const router = weights.random(name('router'), [hidden, experts], 1 / Math.sqrt(hidden))
    const scores = graph.node('Add', [
      graph.node('MatMul', [rows, router]),
      weights.random(name('router.bias'), [experts], 0.02),
    ])
    const up = weights.quantized(name('up'), [experts, 2 * intermediate], hidden, hidden ** -0.5)
    const upBias = weights.random(name('up.bias'), [experts, 2 * intermediate], 0.02)
    const down = weights.quantized(
      name('down'),
      [experts, hidden],
      intermediate,
      intermediate ** -0.5,
    )
    const downBias = weights.random(name('down.bias'), [experts, hidden], 0.02)
    delta = graph.ownNode(
      'QMoE',
      [x, scores, up.codes, up.scales, upBias, down.codes, down.scales, downBias],
      {
        activation_type: 'swiglu',
        k: config.numExpertsPerTok,
        expert_weight_bits: 4,
        block_size: block,
        normalize_routing_weights: 1,
        use_sparse_mixer: 0,
        swiglu_fusion: 1,
        activation_alpha: { float: 1.702 },
        activation_beta: { float: 1 },
        swiglu_limit: { float: config.swigluLimit },
      },
    )
  })

  const lastIndex = graph.constant('last index', 'i64', [1], int64(-1))
  const last = graph.node('Gather', [norm('norm'), lastIndex], { axis: 1 })
  const logits = linear(last, 'head', hidden, vocabSize, false)
  graph.node('Cast', [logits], { to: 1 }, ['logits'])
  graph.output('logits', 'f32', [1, 1, vocabSize])

  const bytes = graph.encoded()
  const file = { byteLength: bytes.length, bytes: (a: number, b: number) => bytes.slice(a, b) }
  return new Map([
    ['model.onnx', [file]],
    [dataFile, weights.pieces],
  ])
}

const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

const int64 = (...values: number[]) =>
  new Uint8Array(BigInt64Array.from(values, (value) => BigInt(value)).buffer)

/** A prime, so that rows do not fall on the same stretch of a tile. */
const tileElements = 65_537

let bytes: Uint8Array<ArrayBuffer> | undefined

/** So many that no row is like the next one. */
function randomBytes(): Uint8Array<ArrayBuffer> {
  const next = randomIntegers(0)
  bytes ??= Uint8Array.from({ length: 1_000_003 }, () => next() & 255)
  return bytes
}

/** The tile over and over, from a place in it on. */
function tiled(tile: Uint8Array<ArrayBuffer>, byteLength: number, start = 0): FilePiece {
  return {
    byteLength,
    bytes(begin, end) {
      const filledIn = new Uint8Array(end - begin)
      let at = (start + begin) % tile.length
      for (let filled = 0; filled < filledIn.length; at = 0) {
        const run = tile.subarray(at, at + filledIn.length - filled)
        filledIn.set(run, filled)
        filled += run.length
      }
      return filledIn
    },
  }
}

/** The engine's own rotations, cosines apart from sines: [positions, headDim / 2] each. */
function rotationTables(config: ModelConfig) {
  const pairs = ropeTable(config, positions)
  const part = (first: 0 | 1) =>
    Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + first] as number)
  return { cos: part(0), sin: part(1) }
}
