/** What a GGUF's metadata and tensors mean for gpt-oss (spec section 3.3). */
import { EngineError } from '../errors'
import { O200K_SPLIT } from '../o200k'
import { fileInvalid, quoted } from './file-content'
import {
  alignUp,
  arrayNumbers,
  arrayStrings,
  type GgufHeader,
  type GgufTensor,
  type GgufValue,
  isGgufArray,
  readGgufHeader,
} from './gguf'
import type { ShardSource, SourceFile } from './shard-source'
import { type TensorDtype, type TensorEntry, tensorByteLength } from './tensor-table'

/** A model in GGUF, in the words of the Hugging Face layout. */
export interface GgufCheckpoint {
  /** What its config.json would say, for `parseConfig`. */
  config: Record<string, unknown>
  /** What its generation_config.json would say. */
  generationConfig: Record<string, unknown>
  /** What its tokenizer.json would say, for `createTokenizer`; undefined when there is none. */
  tokenizer: Record<string, unknown> | undefined
  entries: readonly TensorEntry[]
  files: readonly SourceFile[]
}

const ARCHITECTURE = 'gpt-oss'

/** Not stored in a GGUF: every gpt-oss has these (spec section 1.1). */
const SWIGLU_LIMIT = 7
const YARN_BETA_FAST = 32
const YARN_BETA_SLOW = 1

/**
 * Reads the headers of a GGUF, or of all the parts of a split one, and checks that they are a
 * gpt-oss model. Of the weights nothing is read.
 * @param file the GGUF, or any part of it, as in `gpt-oss-120b-00001-of-00003.gguf`
 * @throws EngineError `file-missing`, `file-invalid`, `file-truncated`, `model-unsupported`, or what
 *   the source throws
 */
export async function openGguf(
  source: ShardSource,
  file: string,
  signal?: AbortSignal,
): Promise<GgufCheckpoint> {
  const [first, ...others] = partNames(file)
  const head = { file: first, header: await readGgufHeader(source, first, signal) }
  const metadata = new Metadata(head.header.metadata, first)
  metadata.mustBe('general.architecture', ARCHITECTURE)
  const parts = [
    head,
    ...(await Promise.all(
      others.map(async (name) => ({
        file: name,
        header: await readGgufHeader(source, name, signal).catch((error) => {
          if (!(error instanceof EngineError) || error.data.code !== 'file-missing') throw error
          throw new EngineError({ ...error.data, neededBy: first })
        }),
      })),
    )),
  ]
  checkParts(parts)

  const entries = parts.flatMap(({ file, header }) => placeTensors(header, file))
  const names = new Set<string>()
  for (const { name, file } of entries) {
    if (names.has(name)) throw fileInvalid(file, `holds a second tensor ${quoted(name)}`)
    names.add(name)
  }
  return {
    config: readConfig(metadata, entries),
    generationConfig: readGenerationConfig(metadata),
    tokenizer: readTokenizer(metadata),
    entries,
    files: parts.map(({ file, header }) => ({ name: file, byteLength: header.fileBytes })),
  }
}

// ── Split files ──────────────────────────────────────────────────────────────────────────────────

const PART = /-\d{5}-of-(\d{5})\.gguf$/i

/** Most parts that are asked for; the 120B comes in two or three. */
const MAX_PARTS = 1000

/** The files of the model that this one is, or belongs to: the first has the metadata. */
function partNames(file: string): [string, ...string[]] {
  const [ending, total] = PART.exec(file) ?? []
  const count = Number(total)
  if (ending === undefined || !(count >= 1)) return [file]
  if (count > MAX_PARTS) throw fileInvalid(file, `is one of ${count} parts, by its name`)
  const stem = file.slice(0, -ending.length)
  const part = (_: unknown, i: number) =>
    `${stem}-${String(i + 1).padStart(5, '0')}-of-${total}${ending.slice(-'.gguf'.length)}`
  return Array.from({ length: count }, part) as [string, ...string[]]
}

interface Part {
  file: string
  header: GgufHeader
}

/** @throws EngineError `file-invalid` where the parts do not say that they are one whole */
function checkParts(parts: readonly Part[]): void {
  const tensorCount = parts.reduce((sum, { header }) => sum + header.tensors.length, 0)
  for (const [i, { file, header }] of parts.entries()) {
    const metadata = new Metadata(header.metadata, file)
    const count = metadata.numberOr('split.count', 1)
    const number = metadata.numberOr('split.no', 0)
    if (count !== parts.length || number !== i) {
      const byName = parts.length === 1 ? 'the only one' : `part ${i + 1} of ${parts.length}`
      const problem = `says that it is part ${number + 1} of ${count}, and is ${byName} by its name`
      throw metadata.invalid(problem)
    }
  }
  for (const { file, header } of parts) {
    const metadata = new Metadata(header.metadata, file)
    const total = metadata.numberOr('split.tensors.count', tensorCount)
    if (total !== tensorCount) {
      const found = `and its ${parts.length} parts have ${tensorCount}`
      throw metadata.invalid(`belongs to a model of ${total} tensors, ${found}`)
    }
  }
}

// ── Tensors ──────────────────────────────────────────────────────────────────────────────────────

/** ggml types that this engine reads. */
const DTYPES: ReadonlyMap<number, TensorDtype> = new Map([
  [0, 'F32'],
  [1, 'F16'],
  [8, 'Q8_0'],
  [30, 'BF16'],
  [39, 'MXFP4'],
])

/** Names of the others, for errors. */
const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [2, 'Q4_0'],
  [3, 'Q4_1'],
  [6, 'Q5_0'],
  [7, 'Q5_1'],
  [9, 'Q8_1'],
  [10, 'Q2_K'],
  [11, 'Q3_K'],
  [12, 'Q4_K'],
  [13, 'Q5_K'],
  [14, 'Q6_K'],
  [15, 'Q8_K'],
  [16, 'IQ2_XXS'],
  [17, 'IQ2_XS'],
  [18, 'IQ3_XXS'],
  [19, 'IQ1_S'],
  [20, 'IQ4_NL'],
  [21, 'IQ3_S'],
  [22, 'IQ2_S'],
  [23, 'IQ4_XS'],
  [24, 'I8'],
  [25, 'I16'],
  [26, 'I32'],
  [27, 'I64'],
  [28, 'F64'],
  [29, 'IQ1_M'],
  [34, 'TQ1_0'],
  [35, 'TQ2_0'],
  [40, 'NVFP4'],
])

/** Tensors by their names in a GGUF, without `blk.N.` where they belong to a layer. */
const MODEL_TENSORS: ReadonlyMap<string, string> = new Map([
  ['token_embd.weight', 'model.embed_tokens.weight'],
  ['output_norm.weight', 'model.norm.weight'],
  ['output.weight', 'lm_head.weight'],
])
const LAYER_TENSORS: ReadonlyMap<string, string> = new Map([
  ['attn_norm.weight', 'input_layernorm.weight'],
  ['attn_q.weight', 'self_attn.q_proj.weight'],
  ['attn_q.bias', 'self_attn.q_proj.bias'],
  ['attn_k.weight', 'self_attn.k_proj.weight'],
  ['attn_k.bias', 'self_attn.k_proj.bias'],
  ['attn_v.weight', 'self_attn.v_proj.weight'],
  ['attn_v.bias', 'self_attn.v_proj.bias'],
  ['attn_output.weight', 'self_attn.o_proj.weight'],
  ['attn_output.bias', 'self_attn.o_proj.bias'],
  ['attn_sinks.weight', 'self_attn.sinks'],
  ['post_attention_norm.weight', 'post_attention_layernorm.weight'],
  ['ffn_gate_inp.weight', 'mlp.router.weight'],
  ['ffn_gate_inp.bias', 'mlp.router.bias'],
  ['ffn_gate_exps.weight', 'mlp.experts.gate_proj'],
  ['ffn_gate_exps.bias', 'mlp.experts.gate_proj_bias'],
  ['ffn_up_exps.weight', 'mlp.experts.up_proj'],
  ['ffn_up_exps.bias', 'mlp.experts.up_proj_bias'],
  ['ffn_down_exps.weight', 'mlp.experts.down_proj'],
  ['ffn_down_exps.bias', 'mlp.experts.down_proj_bias'],
])

/** A tensor's name in the table; one that gpt-oss does not have keeps its own. */
function tableName(name: string): string {
  const [, layer, part] = /^blk\.(0|[1-9]\d*)\.(.+)$/.exec(name) ?? []
  if (layer === undefined || part === undefined) return MODEL_TENSORS.get(name) ?? name
  const inLayer = LAYER_TENSORS.get(part)
  return inLayer === undefined ? name : `model.layers.${layer}.${inLayer}`
}

/**
 * Where the tensors of one file lie, in the order of their bytes. Every one must begin where the
 * one before it ends, padded to the alignment, and end within the file.
 * @throws EngineError `file-invalid`, `file-truncated`, `model-unsupported`
 */
function placeTensors(header: GgufHeader, file: string): TensorEntry[] {
  const { dataBegin, alignment, fileBytes } = header
  const entries = header.tensors
    .map((tensor) => toEntry(tensor, dataBegin, file))
    .sort((a, b) => a.byteOffset - b.byteOffset)
  let end = dataBegin
  for (const { name, byteOffset, byteLength } of entries) {
    const expected = alignUp(end, alignment)
    if (byteOffset !== expected) {
      const fault = byteOffset < expected ? 'overlaps what is before it' : 'leaves a gap before it'
      throw fileInvalid(file, `tensor ${quoted(name)} at byte ${byteOffset} ${fault}`)
    }
    end = byteOffset + byteLength
  }
  // The first part of a split model may hold no tensor, and end before the data would begin.
  if (entries.length > 0 && end > fileBytes) {
    const code = 'file-truncated'
    throw new EngineError({ code, file, expectedBytes: end, receivedBytes: fileBytes })
  }
  return entries
}

function toEntry(tensor: GgufTensor, dataBegin: number, file: string): TensorEntry {
  const { type, shape, dataOffset } = tensor
  const dtype = DTYPES.get(type)
  if (dtype === undefined) {
    const found = OTHER_TYPES.get(type) ?? `of the unknown type ${type}`
    const known = [...DTYPES.values()].join(', ')
    const problem = `tensor ${quoted(tensor.name)} is ${found}; this engine reads ${known}`
    throw new EngineError({ code: 'model-unsupported', file, problem })
  }
  const byteLength = tensorByteLength(dtype, shape)
  if (byteLength === undefined) {
    const problem = `is ${dtype} ${quoted(shape)}, whose rows are no whole blocks`
    throw fileInvalid(file, `tensor ${quoted(tensor.name)} ${problem}`)
  }
  const byteOffset = dataBegin + dataOffset
  if (!Number.isSafeInteger(byteOffset + byteLength)) {
    throw fileInvalid(file, `tensor ${quoted(tensor.name)} ends beyond every file`)
  }
  return { name: tableName(tensor.name), dtype, shape, file, byteOffset, byteLength }
}

// ── Configuration ────────────────────────────────────────────────────────────────────────────────

function readConfig(metadata: Metadata, entries: readonly TensorEntry[]): Record<string, unknown> {
  const count = (key: string) => metadata.count(`${ARCHITECTURE}.${key}`)
  const number = (key: string) => metadata.number(`${ARCHITECTURE}.${key}`)
  const numberOr = (key: string, otherwise: number) =>
    metadata.numberOr(`${ARCHITECTURE}.${key}`, otherwise)

  const layers = count('block_count')
  if (layers > entries.length) {
    throw metadata.invalid(`announces ${layers} layers and has ${entries.length} tensors`)
  }
  const embedding = entries.find(({ name }) => name === 'model.embed_tokens.weight')
  if (embedding === undefined) throw metadata.invalid('has no tensor "token_embd.weight"')
  metadata.mustBe(`${ARCHITECTURE}.rope.scaling.type`, 'yarn')

  return {
    model_type: 'gpt_oss',
    num_hidden_layers: layers,
    num_local_experts: count('expert_count'),
    num_experts_per_tok: count('expert_used_count'),
    hidden_size: count('embedding_length'),
    intermediate_size: count('expert_feed_forward_length'),
    num_attention_heads: count('attention.head_count'),
    num_key_value_heads: count('attention.head_count_kv'),
    head_dim: count('attention.key_length'),
    vocab_size: embedding.shape[0],
    // Which layers slide is not stored: every other one does, from the first.
    layer_types: Array.from({ length: layers }, (_, layer) =>
      layer % 2 === 0 ? 'sliding_attention' : 'full_attention',
    ),
    sliding_window: count('attention.sliding_window'),
    max_position_embeddings: count('context_length'),
    rms_norm_eps: number('attention.layer_norm_rms_epsilon'),
    swiglu_limit: SWIGLU_LIMIT,
    rope_theta: number('rope.freq_base'),
    rope_scaling: {
      rope_type: 'yarn',
      factor: number('rope.scaling.factor'),
      beta_fast: numberOr('rope.scaling.yarn_beta_fast', YARN_BETA_FAST),
      beta_slow: numberOr('rope.scaling.yarn_beta_slow', YARN_BETA_SLOW),
      original_max_position_embeddings: count('rope.scaling.original_context_length'),
      truncate: false,
    },
    quantization_config: { quant_method: 'mxfp4' },
  }
}

function readGenerationConfig(metadata: Metadata): Record<string, unknown> {
  const ids = { bos: 'bos_token_id', eos: 'eos_token_id', padding: 'pad_token_id' }
  return Object.fromEntries(
    Object.entries(ids)
      .filter(([name]) => metadata.has(`tokenizer.ggml.${name}_token_id`))
      .map(([name, key]) => [key, metadata.count(`tokenizer.ggml.${name}_token_id`)]),
  )
}

// ── Tokenizer ────────────────────────────────────────────────────────────────────────────────────

/** What kinds of token there are (`tokenizer.ggml.token_type`). */
const NORMAL = 1
const CONTROL = 3
const USER_DEFINED = 4
/** A row of the embedding that no token has: converters name it `[PAD200019]` and the like. */
const UNUSED = 5

/**
 * The tokenizer as a tokenizer.json describes it. The merges are left out as `createTokenizer` does
 * without them: they follow from the ids.
 */
function readTokenizer(metadata: Metadata): Record<string, unknown> | undefined {
  if (!metadata.has('tokenizer.ggml.tokens')) return undefined
  metadata.mustBe('tokenizer.ggml.model', 'gpt2')
  metadata.mustBe('tokenizer.ggml.pre', 'gpt-4o')
  const tokens = metadata.strings('tokenizer.ggml.tokens')
  const types = metadata.numbers('tokenizer.ggml.token_type')
  if (types.length !== tokens.length) {
    throw metadata.invalid(`has ${tokens.length} tokens and ${types.length} token types`)
  }

  const vocabulary = new Map<string, number>()
  const added: { id: number; content: string; special: true }[] = []
  for (const [id, token] of tokens.entries()) {
    const type = types[id]
    if (type === CONTROL || type === USER_DEFINED) {
      added.push({ id, content: token, special: true })
    } else if (type === NORMAL) {
      if (vocabulary.has(token)) throw metadata.invalid(`has the token ${quoted(token)} twice`)
      vocabulary.set(token, id)
    } else if (type !== UNUSED) {
      throw metadata.invalid(`has the token ${quoted(token)} of the unknown type ${type}`)
    }
  }
  return {
    added_tokens: added,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: O200K_SPLIT }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      ],
    },
    model: { type: 'BPE', ignore_merges: true, vocab: Object.fromEntries(vocabulary) },
  }
}

// ── Metadata ─────────────────────────────────────────────────────────────────────────────────────

/** Untrusted metadata, read by type. */
class Metadata {
  readonly #values: ReadonlyMap<string, GgufValue>
  readonly #file: string

  constructor(values: ReadonlyMap<string, GgufValue>, file: string) {
    this.#values = values
    this.#file = file
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  /** @throws EngineError `model-unsupported` for another text */
  mustBe(key: string, wanted: string): void {
    const value = this.#required(key)
    if (value === wanted) return
    if (typeof value !== 'string') throw this.#wrong(key, 'a text')
    const problem = `${key} is ${quoted(value)}; this engine runs ${quoted(wanted)}`
    throw new EngineError({ code: 'model-unsupported', file: this.#file, problem })
  }

  /** A whole number of at least 0. */
  count(key: string): number {
    const value = this.number(key)
    if (!Number.isSafeInteger(value)) throw this.#wrong(key, 'a whole number')
    return value
  }

  /** A finite number of at least 0. */
  number(key: string): number {
    const value = this.#required(key)
    if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) {
      throw this.#wrong(key, 'a finite number of at least 0')
    }
    return value
  }

  numberOr(key: string, otherwise: number): number {
    return this.has(key) ? this.number(key) : otherwise
  }

  strings(key: string): string[] {
    return arrayStrings(this.#array(key), this.#file)
  }

  numbers(key: string): number[] {
    return arrayNumbers(this.#array(key), this.#file)
  }

  /** The error for what makes no sense; `problem` continues "FILE …". */
  invalid(problem: string): EngineError {
    return fileInvalid(this.#file, problem)
  }

  #array(key: string) {
    const value = this.#required(key)
    if (!isGgufArray(value)) throw this.#wrong(key, 'a list')
    return value
  }

  #required(key: string): GgufValue {
    const value = this.#values.get(key)
    if (value === undefined) throw this.invalid(`lacks the metadata ${key}`)
    return value
  }

  #wrong(key: string, wanted: string): EngineError {
    const value = this.#values.get(key)
    const shown = isGgufArray(value) ? `a list of ${value.type}` : quoted(value)
    return this.invalid(`has the metadata ${key} ${shown}, which is not ${wanted}`)
  }
}
