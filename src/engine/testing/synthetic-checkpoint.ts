/**
 * Checkpoints of any shape whose bytes are computed, not stored: the Hugging Face layout down to the
 * last byte, weights that look random, logits and router choices of a sane size.
 *
 * Every element is a hash of its tensor's name and its own number, so any part of any tensor can be
 * made at once, and two machines make the same file. The recipe is called `mix32-v1`; it is described
 * in golden/wide/README.md, where recipe.json lists the SHA-256 of what it must give.
 *
 * That makes 0.1 GB a second. Where checkpoints of the published sizes are served, a recipe draws
 * from pools instead (`pool_elements`), at the speed at which memory is copied.
 */
import { EngineError } from '../errors'
import type { ModelConfig } from '../model/config'
import type { ReadTensor } from '../reference'
import type { ShardSource } from '../weights/shard-source'
import { type DenseType, type FilePiece, ggufFiles } from './gguf-file'
import { configuredTokenIds, syntheticTokenizer } from './synthetic-tokenizer'

/** One case of golden/wide/recipe.json, or what `checkpointRecipe` makes for another shape. */
export interface Recipe {
  /** Goes into every tensor's hash: another seed, other weights. */
  seed: string
  /** A new shard begins where the next tensor would pass this; left out: one file and no index. */
  max_shard_bytes?: number
  /**
   * So many elements of each family are made, and every tensor of it is that sequence over and over,
   * begun at a place of its own; left out: every element is made for itself. A prime, so that rows
   * do not fall on the same stretch.
   */
  pool_elements?: number
  /**
   * `published`: shards are written as OpenAI's are, without metadata, BF16 before U8 and each by
   * name. Left out: with metadata, in the order of `tensors`.
   */
  layout?: 'published'
  /** What config.json says. */
  config: Record<string, unknown>
  families: Record<string, Family>
  /** In the order in which the files hold them. */
  tensors: RecipeTensor[]
}

/**
 * How the elements of a kind of tensor are spread. BF16: around A with a standard deviation of
 * 147.8 · K, both in units of 2⁻²⁰. Scales: the bytes S, S + 1 and S + 2, and 0 once in 4096.
 */
type Family = { A: number; K: number } | { S: number }

export interface RecipeTensor {
  name: string
  shape: number[]
  family: string
  /** Of all its bytes, where known. */
  sha256?: string
}

/** The numbers that shape a checkpoint. */
export type CheckpointShape = Pick<
  ModelConfig,
  | 'numHiddenLayers'
  | 'numLocalExperts'
  | 'numExpertsPerTok'
  | 'hiddenSize'
  | 'intermediateSize'
  | 'numAttentionHeads'
  | 'numKeyValueHeads'
  | 'headDim'
  | 'vocabSize'
  | 'slidingWindow'
>

/**
 * The recipe of a checkpoint of this shape: sliding and full layers in turn, the rope of gpt-oss.
 *
 * Weights are scaled by their number of inputs so that, whatever the shape, logits have a standard
 * deviation of about 3, sinks take a visible share, and some gates and ups reach the clamp.
 *
 * @param maxShardBytes see `Recipe`
 */
export function checkpointRecipe(
  shape: CheckpointShape,
  { seed, maxShardBytes }: { seed: string; maxShardBytes?: number },
): Recipe {
  const layers = Array.from({ length: shape.numHiddenLayers }, (_, i) => i)
  return {
    seed,
    ...(maxShardBytes === undefined ? {} : { max_shard_bytes: maxShardBytes }),
    config: configJson(shape),
    families: families(shape),
    tensors: tensorList(shape, layers),
  }
}

/**
 * The recipe of a checkpoint of this shape in the layout of OpenAI's repositories (spec section
 * 1.2), its weights drawn from pools. gpt-oss-20b's shape gives its three shards to the byte, their
 * headers included; so does gpt-oss-120b's with its `partStarts`.
 *
 * @param partStarts tensors at which the names, in their order, are cut into parts, which then follow
 *   each other as listed here; one that is not among the names leaves them uncut
 */
export function publishedRecipe(
  shape: CheckpointShape,
  { seed, partStarts = [] }: { seed: string; partStarts?: readonly string[] | undefined },
): Recipe {
  const layers = Array.from({ length: shape.numHiddenLayers }, (_, i) => String(i)).sort()
  const tensors = tensorList(shape, layers)
  const starts = partStarts.map((start) => tensors.findIndex(({ name }) => name === start))
  const isCut = starts.length > 0 && !starts.includes(-1)
  const part = (begin: number) =>
    tensors.slice(begin, Math.min(...starts.filter((start) => start > begin), tensors.length))
  return {
    seed,
    max_shard_bytes: PUBLISHED_SHARD_BYTES,
    pool_elements: POOL_ELEMENTS,
    layout: 'published',
    config: configJson(shape),
    families: families(shape),
    tensors: isCut ? starts.flatMap(part) : tensors,
  }
}

/** With it the published sizes come out: the tensors' bytes that a shard holds at most. */
const PUBLISHED_SHARD_BYTES = 4.8e9

/** A prime; pools of all families together take 40 MB. */
const POOL_ELEMENTS = 1_000_003

/** A recipe's tensor or a part of it, as the file stores it. */
export function synthesizeTensor(
  recipe: Weights,
  tensor: RecipeTensor,
  beginByte = 0,
  endByte = tensorByteLength(tensor),
): Uint8Array<ArrayBuffer> {
  if (recipe.pool_elements === undefined) {
    return computeElements(recipe, tensor, beginByte, endByte)
  }
  const pool = poolOf(recipe, tensor.family, recipe.pool_elements)
  const bytes = new Uint8Array(endByte - beginByte)
  const start = fnv1a(`${recipe.seed}/${tensor.name}`) * elementBytes(tensor.family)
  let position = (start + beginByte) % pool.length
  for (let filled = 0; filled < bytes.length; position = 0) {
    const run = pool.subarray(position, position + bytes.length - filled)
    bytes.set(run, filled)
    filled += run.length
  }
  return bytes
}

/** What the weights of a recipe depend on. */
type Weights = Pick<Recipe, 'seed' | 'families' | 'pool_elements'>

const pools = new WeakMap<Weights, Map<string, Uint8Array<ArrayBuffer>>>()

/** The elements that every tensor of a family consists of. */
function poolOf(recipe: Weights, family: string, elements: number): Uint8Array<ArrayBuffer> {
  const ofRecipe = pools.get(recipe) ?? new Map<string, Uint8Array<ArrayBuffer>>()
  pools.set(recipe, ofRecipe)
  const known = ofRecipe.get(family)
  if (known) return known
  const tensor = { name: `pool/${family}`, shape: [elements], family }
  const pool = computeElements(recipe, tensor, 0, tensorByteLength(tensor))
  ofRecipe.set(family, pool)
  return pool
}

function computeElements(
  { seed, families }: Weights,
  { name, shape, family }: RecipeTensor,
  beginByte: number,
  endByte: number,
): Uint8Array<ArrayBuffer> {
  const nameHash = fnv1a(`${seed}/${name}`)
  const hash = (element: number) => mix(mix(element) + nameHash)
  const { A = 0, K = 0, S = 0 } = (families[family] ?? {}) as { A?: number; K?: number; S?: number }

  if (family.endsWith('_scales')) {
    const scales = new Uint8Array(endByte - beginByte)
    for (let i = 0; i < scales.length; i++) {
      const h = hash(beginByte + i)
      scales[i] = h >>> 20 === 0 ? 0 : S + (((h & 255) * 3) >>> 8)
    }
    return scales
  }

  if (family === 'blocks') {
    const first = Math.floor(beginByte / 4)
    const words = new Uint32Array(Math.ceil(endByte / 4) - first)
    for (let i = 0; i < words.length; i++) words[i] = hash(first + i)
    return new Uint8Array(words.buffer).subarray(beginByte - 4 * first, endByte - 4 * first)
  }

  // Some embeddings are so faint that the epsilon of the first norm matters; a pool has a single row.
  const columns = shape.at(-1) as number
  const isFaint = (element: number) =>
    family === 'embed' && Math.floor(element / columns) % 16 === 7
  const faintK = Math.floor(K / 512)
  const first = Math.floor(beginByte / 2)
  const halves = new Uint16Array(Math.ceil(endByte / 2) - first)
  for (let i = 0; i < halves.length; i++) {
    const h = hash(first + i)
    // The sum of four even spreads looks like a bell.
    const bell = (h & 255) + ((h >>> 8) & 255) + ((h >>> 16) & 255) + (h >>> 24) - 510
    halves[i] = bf16Bits((A + bell * (isFaint(first + i) ? faintK : K)) / 2 ** 20)
  }
  return new Uint8Array(halves.buffer).subarray(beginByte - 2 * first, endByte - 2 * first)
}

/** The recipe's tensors for `forward` of ../reference. */
export function synthesizedTensors(recipe: Recipe): ReadTensor {
  return (name) => {
    const tensor = recipe.tensors.find((candidate) => candidate.name === name)
    return tensor && { dtype: dtypeOf(tensor.family), bytes: synthesizeTensor(recipe, tensor) }
  }
}

/** A source that knows which files it has. */
export type SyntheticSource = ShardSource & { readonly files: readonly string[] }

/**
 * A `ShardSource` that computes the bytes it is asked for, and lists the files it has.
 * @param hasTokenizer left out where its file cannot be read, or nobody wants it
 */
export function syntheticSource(recipe: Recipe, hasTokenizer = true): SyntheticSource {
  return sourceOfPieces(checkpointFiles(recipe, hasTokenizer))
}

/** The same weights in one GGUF file, its matrices but the experts' in the type `dense`. */
export function syntheticGgufSource(recipe: Recipe, dense: DenseType): SyntheticSource {
  const { config, tensors } = recipe
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  const read = (name: string, begin: number, end: number) => {
    const tensor = byName.get(name)
    if (!tensor) throw new Error(`the recipe has no tensor ${name}`)
    return synthesizeTensor(recipe, tensor, begin, end)
  }
  const tokenizer = syntheticTokenizer(config.vocab_size as number)
  const json = tokenizer && JSON.parse(new TextDecoder().decode(tokenizer))
  return sourceOfPieces(ggufFiles({ config, tokenizer: json, read }, { dense }))
}

/** A source of files that are made of pieces. */
export function sourceOfPieces(files: ReadonlyMap<string, readonly FilePiece[]>): SyntheticSource {
  const file = (name: string) => {
    const pieces = files.get(name)
    if (!pieces) throw new EngineError({ code: 'file-missing', file: name, neededBy: 'the caller' })
    return pieces
  }
  return {
    files: [...files.keys()],
    async byteLength(name) {
      return sum(file(name).map((piece) => piece.byteLength))
    },
    async *read(name, begin, end, signal) {
      let pieceBegin = 0
      for (const piece of file(name)) {
        const last = Math.min(end - pieceBegin, piece.byteLength)
        for (let from = Math.max(begin - pieceBegin, 0); from < last; from += READ_BYTES) {
          signal?.throwIfAborted()
          yield piece.bytes(from, Math.min(from + READ_BYTES, last))
        }
        pieceBegin += piece.byteLength
      }
    },
  }
}

/** What `read` computes at a time. */
const READ_BYTES = 4 * 2 ** 20

// ── Files ────────────────────────────────────────────────────────────────────────────────────────

function checkpointFiles(recipe: Recipe, hasTokenizer: boolean): Map<string, FilePiece[]> {
  const vocabSize = recipe.config.vocab_size as number
  const files = new Map([
    ['config.json', [jsonPiece(recipe.config)]],
    ['generation_config.json', [jsonPiece(generationConfig(vocabSize))]],
  ])
  const tokenizer = hasTokenizer ? syntheticTokenizer(vocabSize) : undefined
  if (tokenizer) files.set('tokenizer.json', [bytesPiece(tokenizer)])
  const weightMap: Record<string, string> = {}
  for (const [file, tensors] of shards(recipe)) {
    const pieces = tensors.map((tensor) => ({
      byteLength: tensorByteLength(tensor),
      bytes: (begin: number, end: number) => synthesizeTensor(recipe, tensor, begin, end),
    }))
    files.set(file, [headerPiece(tensors, recipe.layout), ...pieces])
    for (const { name } of tensors) weightMap[name] = file
  }
  if (recipe.max_shard_bytes !== undefined) {
    const total_size = sum(recipe.tensors.map(tensorByteLength))
    const index = { metadata: { total_size }, weight_map: weightMap }
    const piece = recipe.layout === 'published' ? linePiece(index) : jsonPiece(index)
    files.set('model.safetensors.index.json', [piece])
  }
  return files
}

/**
 * Which file holds which tensors, in the order in which they lie there. The real repositories count
 * from zero to one less, too.
 */
function shards({ tensors, max_shard_bytes, layout }: Recipe): [string, RecipeTensor[]][] {
  if (max_shard_bytes === undefined) return [['model.safetensors', tensors]]
  const groups: RecipeTensor[][] = []
  let room = 0
  for (const tensor of tensors) {
    const bytes = tensorByteLength(tensor)
    if (groups.length === 0 || bytes > room) {
      groups.push([])
      room = max_shard_bytes
    }
    groups.at(-1)?.push(tensor)
    room -= bytes
  }
  const number = (n: number) => String(n).padStart(5, '0')
  return groups.map((group, i) => [
    `model-${number(i)}-of-${number(groups.length - 1)}.safetensors`,
    layout === 'published' ? group.sort(asSerialized) : group,
  ])
}

/** The order of the library that writes safetensors files: wider elements first, then by name. */
function asSerialized(a: RecipeTensor, b: RecipeTensor): number {
  return elementBytes(b.family) - elementBytes(a.family) || (a.name < b.name ? -1 : 1)
}

const dtypeOf = (family: string) => (elementBytes(family) === 1 ? 'U8' : 'BF16')

/** The head of a safetensors file (spec section 3.1), padded to a multiple of eight bytes. */
function headerPiece(tensors: readonly RecipeTensor[], layout: Recipe['layout']): FilePiece {
  const header: Record<string, unknown> =
    layout === 'published' ? {} : { __metadata__: { format: 'pt' } }
  let offset = 0
  for (const { name, shape, family } of tensors) {
    const end = offset + tensorByteLength({ shape, family })
    header[name] = { dtype: dtypeOf(family), shape, data_offsets: [offset, end] }
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + length).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.set(json, 8)
  return bytesPiece(bytes)
}

function jsonPiece(value: unknown): FilePiece {
  return bytesPiece(new TextEncoder().encode(JSON.stringify(value, null, 2)))
}

/** JSON on one line with spaces after `:` and `,`, as Python writes it. */
function linePiece(value: unknown): FilePiece {
  const lines = JSON.stringify(value, null, 1)
  return bytesPiece(new TextEncoder().encode(lines.replace(/,\n */g, ', ').replace(/\n */g, '')))
}

function bytesPiece(bytes: Uint8Array<ArrayBuffer>): FilePiece {
  return { byteLength: bytes.length, bytes: (begin, end) => bytes.subarray(begin, end) }
}

function elementBytes(family: string): 1 | 2 {
  return family === 'blocks' || family.endsWith('_scales') ? 1 : 2
}

function tensorByteLength({ shape, family }: Pick<RecipeTensor, 'shape' | 'family'>): number {
  return shape.reduce((a, b) => a * b, 1) * elementBytes(family)
}

// ── The recipe of a shape ────────────────────────────────────────────────────────────────────────

/** @param layers their numbers, in the order in which they are listed */
function tensorList(shape: CheckpointShape, layers: readonly (number | string)[]): RecipeTensor[] {
  const { hiddenSize, intermediateSize, numLocalExperts, vocabSize } = shape
  const queries = shape.numAttentionHeads * shape.headDim
  const keys = shape.numKeyValueHeads * shape.headDim
  const mxfp4 = (name: string, family: string, outputs: number, inputs: number) => [
    tensor(`${name}_bias`, `${family}_bias`, numLocalExperts, outputs),
    tensor(`${name}_blocks`, 'blocks', numLocalExperts, outputs, inputs / 32, 16),
    tensor(`${name}_scales`, `${family}_scales`, numLocalExperts, outputs, inputs / 32),
  ]
  const layer = (i: number | string) => {
    const attention = `model.layers.${i}.self_attn`
    const mlp = `model.layers.${i}.mlp`
    return [
      tensor(`model.layers.${i}.input_layernorm.weight`, 'norm', hiddenSize),
      tensor(`${attention}.o_proj.bias`, 'o_bias', hiddenSize),
      tensor(`${attention}.o_proj.weight`, 'o', hiddenSize, queries),
      tensor(`${attention}.q_proj.bias`, 'q_bias', queries),
      tensor(`${attention}.k_proj.bias`, 'k_bias', keys),
      tensor(`${attention}.v_proj.bias`, 'v_bias', keys),
      tensor(`${attention}.q_proj.weight`, 'q', queries, hiddenSize),
      tensor(`${attention}.k_proj.weight`, 'k', keys, hiddenSize),
      tensor(`${attention}.v_proj.weight`, 'v', keys, hiddenSize),
      tensor(`${attention}.sinks`, 'sinks', shape.numAttentionHeads),
      tensor(`${mlp}.router.bias`, 'router_bias', numLocalExperts),
      tensor(`${mlp}.router.weight`, 'router', numLocalExperts, hiddenSize),
      ...mxfp4(`${mlp}.experts.gate_up_proj`, 'gate_up', 2 * intermediateSize, hiddenSize),
      ...mxfp4(`${mlp}.experts.down_proj`, 'down', hiddenSize, intermediateSize),
      tensor(`model.layers.${i}.post_attention_layernorm.weight`, 'norm', hiddenSize),
    ]
  }
  return [
    ...layers.flatMap(layer),
    tensor('model.embed_tokens.weight', 'embed', vocabSize, hiddenSize),
    tensor('model.norm.weight', 'final_norm', hiddenSize),
    tensor('lm_head.weight', 'lm_head', vocabSize, hiddenSize),
  ]
}

function tensor(name: string, family: string, ...shape: number[]): RecipeTensor {
  return { name, shape, family }
}

function families(shape: CheckpointShape): Record<string, Family> {
  const { hiddenSize, intermediateSize, numAttentionHeads, headDim } = shape
  return {
    embed: bell(0, 1),
    norm: bell(1, 0.2),
    final_norm: bell(1.5, 0.3),
    q: bell(0, 1.15 / Math.sqrt(hiddenSize)),
    k: bell(0, 1.15 / Math.sqrt(hiddenSize)),
    v: bell(0, 1 / Math.sqrt(hiddenSize)),
    q_bias: bell(0, 0.4),
    k_bias: bell(0, 0.4),
    v_bias: bell(0, 0.3),
    o: bell(0, 1.6 / Math.sqrt(numAttentionHeads * headDim)),
    o_bias: bell(0, 0.15),
    sinks: bell(4, 2.5),
    router: bell(0, 2 / Math.sqrt(hiddenSize)),
    router_bias: bell(0, 0.5),
    gate_up_bias: bell(0, 0.6),
    down_bias: bell(0, 0.15),
    gate_up_scales: scales(3, hiddenSize),
    down_scales: scales(0.125, intermediateSize),
    lm_head: bell(0, 2 / Math.sqrt(hiddenSize)),
  }
}

/** BF16 elements with this mean and standard deviation. */
function bell(mean: number, deviation: number): Family {
  const bytesDeviation = Math.sqrt((4 * (256 ** 2 - 1)) / 12)
  return { A: mean * 2 ** 20, K: Math.round((deviation / bytesDeviation) * 2 ** 20) }
}

/** Scales that give the product with an input of deviation 1 about this deviation. */
function scales(deviation: number, inputs: number): Family {
  const codeDeviation = Math.sqrt(8.5625) // of the sixteen FP4 values
  const scaleDeviation = Math.sqrt((1 + 2 ** 2 + 4 ** 2) / 3) // of 2⁰, 2¹ and 2²
  const wanted = deviation / (codeDeviation * scaleDeviation * Math.sqrt(inputs))
  return { S: 127 + Math.round(Math.log2(wanted)) }
}

/** Every field of the real config.json (spec section 1.1). */
function configJson(shape: CheckpointShape): Record<string, unknown> {
  const { pad, eos } = configuredTokenIds(shape.vocabSize)
  return {
    architectures: ['GptOssForCausalLM'],
    attention_bias: true,
    attention_dropout: 0,
    eos_token_id: eos[0],
    experts_per_token: shape.numExpertsPerTok,
    head_dim: shape.headDim,
    hidden_act: 'silu',
    hidden_size: shape.hiddenSize,
    initial_context_length: 4096,
    initializer_range: 0.02,
    intermediate_size: shape.intermediateSize,
    layer_types: Array.from({ length: shape.numHiddenLayers }, (_, i) =>
      i % 2 === 0 ? 'sliding_attention' : 'full_attention',
    ),
    max_position_embeddings: 131072,
    model_type: 'gpt_oss',
    num_attention_heads: shape.numAttentionHeads,
    num_experts_per_tok: shape.numExpertsPerTok,
    num_hidden_layers: shape.numHiddenLayers,
    num_key_value_heads: shape.numKeyValueHeads,
    num_local_experts: shape.numLocalExperts,
    output_router_logits: false,
    pad_token_id: pad,
    quantization_config: {
      modules_to_not_convert: [
        'model.layers.*.self_attn',
        'model.layers.*.mlp.router',
        'model.embed_tokens',
        'lm_head',
      ],
      quant_method: 'mxfp4',
    },
    rms_norm_eps: 1e-5,
    rope_scaling: {
      beta_fast: 32,
      beta_slow: 1,
      factor: 32,
      original_max_position_embeddings: 4096,
      rope_type: 'yarn',
      truncate: false,
    },
    rope_theta: 150000,
    router_aux_loss_coef: 0.9,
    sliding_window: shape.slidingWindow,
    swiglu_limit: 7,
    tie_word_embeddings: false,
    transformers_version: '4.55.0.dev0',
    use_cache: true,
    vocab_size: shape.vocabSize,
  }
}

function generationConfig(vocabSize: number) {
  const { bos, pad, eos } = configuredTokenIds(vocabSize)
  return {
    bos_token_id: bos,
    do_sample: true,
    eos_token_id: eos,
    pad_token_id: pad,
    transformers_version: '4.55.0.dev0',
  }
}

// ── Arithmetic ───────────────────────────────────────────────────────────────────────────────────

/** Scrambles a 32-bit integer; no two give the same. */
function mix(x: number): number {
  let h = x >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}

/** FNV-1a, 32 bits, over UTF-8. */
function fnv1a(text: string): number {
  return new TextEncoder()
    .encode(text)
    .reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5)
}

const f32 = new Float32Array(1)
const f32Bits = new Uint32Array(f32.buffer)

/** A number that f32 holds exactly, rounded to bf16: to the nearest, ties to even. */
function bf16Bits(value: number): number {
  f32[0] = value
  const bits = f32Bits[0] as number
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
