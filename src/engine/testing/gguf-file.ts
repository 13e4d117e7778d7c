/**
 * GGUF files of gpt-oss checkpoints, as llama.cpp's converter writes them (spec section 3.3): layout
 * first, tensor bytes on demand, so that a model of any size can be served without being in memory.
 */
import { decodeBf16 } from '../reference'
import { alignUp } from '../weights/gguf'
import { tensorByteLength } from '../weights/tensor-table'
import { nearestF16 } from './f16'

/** A stretch of a file, made where it is read. */
export interface FilePiece {
  byteLength: number
  bytes(begin: number, end: number): Uint8Array<ArrayBuffer>
}

/** A checkpoint in the Hugging Face layout, as the writer needs it. */
export interface SourceCheckpoint {
  /** config.json. */
  config: Record<string, unknown>
  /** tokenizer.json; undefined for a model without one. */
  tokenizer?: SourceTokenizer | undefined
  /** The bytes [begin, end) of a tensor. */
  read(name: string, begin: number, end: number): Uint8Array
}

export interface SourceTokenizer {
  added_tokens: { id: number; content: string }[]
  model: { vocab: Record<string, number>; merges: (string | string[])[] }
}

/** What the attention's matrices, the embedding and the unembedding become. */
export type DenseType = 'BF16' | 'F16' | 'F32' | 'Q8_0'

export interface GgufOptions {
  dense: DenseType
  /** Of the router; published files have F32. */
  router?: DenseType
  /** Name of the file, without its ending. Default: `model`. */
  name?: string
  /** How many files the model is split into. Default: 1. */
  parts?: number
}

/** The files of a checkpoint in GGUF: what each is made of, in order. */
export function ggufFiles(
  checkpoint: SourceCheckpoint,
  { dense, router = 'F32', name = 'model', parts = 1 }: GgufOptions,
): Map<string, FilePiece[]> {
  const tensors = listTensors(checkpoint, dense, router)
  const metadata = modelMetadata(checkpoint, dense)
  if (parts === 1) return new Map([[`${name}.gguf`, filePieces(metadata, tensors)]])

  const perPart = Math.ceil(tensors.length / parts)
  const number = (n: number) => String(n).padStart(5, '0')
  return new Map(
    Array.from({ length: parts }, (_, part) => [
      `${name}-${number(part + 1)}-of-${number(parts)}.gguf`,
      filePieces(
        [
          ...(part === 0 ? metadata : []),
          ['split.no', 'u16', part],
          ['split.count', 'u16', parts],
          ['split.tensors.count', 'i32', tensors.length],
        ],
        tensors.slice(part * perPart, (part + 1) * perPart),
      ),
    ]),
  )
}

/** A file's pieces put together: for small models. */
export function joinPieces(pieces: readonly FilePiece[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let position = 0
  for (const { byteLength, bytes } of pieces) {
    joined.set(bytes(0, byteLength), position)
    position += byteLength
  }
  return joined
}

// ── The container ────────────────────────────────────────────────────────────────────────────────

/** A metadata entry, well-formed or not. */
export type GgufEntry = readonly [key: string, type: GgufType, value: GgufEntryValue]
export type GgufType = ScalarType | `${ScalarType}[]`
type GgufScalar = number | bigint | string | boolean
export type GgufEntryValue = GgufScalar | readonly GgufScalar[]

/** A line of the list of tensors, well-formed or not. */
export interface GgufTensorLine {
  name: string
  /** The ggml type's number. */
  type: number
  /** Row-major; the file has it the other way round. */
  shape: readonly (number | bigint)[]
  offset: number | bigint
}

/** Types of metadata by their number in the file. */
const TYPES = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  string: 8,
  array: 9,
  u64: 10,
  i64: 11,
  f64: 12,
}

type ScalarType = Exclude<keyof typeof TYPES, 'array'>

interface NumberType {
  bytes: number
  write(view: DataView, at: number, value: GgufScalar): void
}

const NUMBERS: Readonly<Record<Exclude<ScalarType, 'string'>, NumberType>> = {
  u8: { bytes: 1, write: (view, at, value) => view.setUint8(at, Number(value)) },
  i8: { bytes: 1, write: (view, at, value) => view.setInt8(at, Number(value)) },
  u16: { bytes: 2, write: (view, at, value) => view.setUint16(at, Number(value), true) },
  i16: { bytes: 2, write: (view, at, value) => view.setInt16(at, Number(value), true) },
  u32: { bytes: 4, write: (view, at, value) => view.setUint32(at, Number(value), true) },
  i32: { bytes: 4, write: (view, at, value) => view.setInt32(at, Number(value), true) },
  f32: { bytes: 4, write: (view, at, value) => view.setFloat32(at, Number(value), true) },
  bool: { bytes: 1, write: (view, at, value) => view.setUint8(at, Number(value)) },
  u64: { bytes: 8, write: (view, at, value) => view.setBigUint64(at, BigInt(value), true) },
  i64: { bytes: 8, write: (view, at, value) => view.setBigInt64(at, BigInt(value), true) },
  f64: { bytes: 8, write: (view, at, value) => view.setFloat64(at, Number(value), true) },
}

const DTYPE_NUMBERS = { F32: 0, F16: 1, Q8_0: 8, BF16: 30, MXFP4: 39 }

/** A GGUF's header, padded to the alignment. */
export function ggufHeader(
  metadata: readonly GgufEntry[],
  tensors: readonly GgufTensorLine[],
  { version = 3, alignment = 32 } = {},
): Uint8Array<ArrayBuffer> {
  const out = new Bytes()
  for (const letter of 'GGUF') out.scalar('u8', letter.charCodeAt(0))
  out.scalar('u32', version)
  out.scalar('u64', tensors.length)
  out.scalar('u64', metadata.length)
  for (const [key, type, value] of metadata) {
    out.scalar('string', key)
    out.value(type, value)
  }
  for (const { name, type, shape, offset } of tensors) {
    out.scalar('string', name)
    out.scalar('u32', shape.length)
    for (const length of shape.toReversed()) out.scalar('u64', length)
    out.scalar('u32', type)
    out.scalar('u64', offset)
  }
  out.align(alignment)
  return out.done()
}

const utf8 = new TextEncoder()

/** Bytes that grow. */
class Bytes {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  value(type: GgufType, value: GgufEntryValue): void {
    const [scalar, isList] = type.split('[') as [ScalarType, string?]
    if (isList === undefined) {
      this.scalar('u32', TYPES[scalar])
      this.scalar(scalar, value as GgufScalar)
      return
    }
    const elements = value as readonly GgufScalar[]
    this.scalar('u32', TYPES.array)
    this.scalar('u32', TYPES[scalar])
    this.scalar('u64', elements.length)
    for (const element of elements) this.scalar(scalar, element)
  }

  scalar(type: ScalarType, value: GgufScalar): void {
    if (type === 'string') {
      const text = utf8.encode(String(value))
      this.scalar('u64', text.length)
      // The room first: it may move the bytes.
      const begin = this.#take(text.length)
      this.#bytes.set(text, begin)
      return
    }
    const { bytes, write } = NUMBERS[type]
    const begin = this.#take(bytes)
    write(this.#view, begin, value)
  }

  align(alignment: number): void {
    this.#take(alignUp(this.#length, alignment) - this.#length)
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  /** Room for so many bytes; says where it is. */
  #take(length: number): number {
    const begin = this.#length
    this.#length += length
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length)
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    return begin
  }
}

/** One file: its header, then its tensors, each padded to the alignment. */
function filePieces(metadata: readonly GgufEntry[], tensors: readonly Tensor[]): FilePiece[] {
  const lines: GgufTensorLine[] = []
  const pieces: FilePiece[] = []
  let offset = 0
  for (const { name, dtype, shape, piece } of tensors) {
    lines.push({ name, type: DTYPE_NUMBERS[dtype], shape, offset })
    const padding = alignUp(piece.byteLength, 32) - piece.byteLength
    pieces.push(piece)
    if (padding > 0) pieces.push(bytesPiece(new Uint8Array(padding)))
    offset += piece.byteLength + padding
  }
  return [bytesPiece(ggufHeader(metadata, lines)), ...pieces]
}

function bytesPiece(bytes: Uint8Array<ArrayBuffer>): FilePiece {
  return { byteLength: bytes.length, bytes: (begin, end) => bytes.subarray(begin, end) }
}

// ── Tensors ──────────────────────────────────────────────────────────────────────────────────────

interface Tensor {
  name: string
  dtype: keyof typeof DTYPE_NUMBERS
  shape: readonly number[]
  piece: FilePiece
}

/** Every tensor of a model, by its name and type in a GGUF. */
function listTensors(
  { config, read }: SourceCheckpoint,
  dense: DenseType,
  router: DenseType,
): Tensor[] {
  const size = (key: string) => config[key] as number
  const hidden = size('hidden_size')
  const intermediate = size('intermediate_size')
  const experts = size('num_local_experts')
  const queries = size('num_attention_heads') * size('head_dim')
  const keys = size('num_key_value_heads') * size('head_dim')

  const converted = (name: string, from: string, dtype: DenseType, ...shape: number[]): Tensor => ({
    name,
    dtype,
    shape,
    piece: convertedPiece(dtype, shape, (begin, end) => decodeBf16(read(from, 2 * begin, 2 * end))),
  })
  const projection = (
    name: string,
    from: string,
    dtype: DenseType,
    rows: number,
    columns: number,
  ) => [
    converted(`${name}.weight`, `${from}.weight`, dtype, rows, columns),
    converted(`${name}.bias`, `${from}.bias`, 'F32', rows),
  ]
  /** The rows `first`, `first + step`, … of every expert's matrix. */
  const expertRows = (
    name: string,
    from: string,
    [rows, columns]: readonly [number, number],
    { first, step }: { first: number; step: number },
  ): Tensor[] => {
    const sourceRow = (row: number) => row * step + first
    return [
      {
        name: `${name}.weight`,
        dtype: 'MXFP4',
        shape: [experts, rows, columns],
        piece: mxfp4Piece(experts * rows, columns / 32, (row, begin, end) => {
          const source = sourceRow(row) * (columns / 32)
          return {
            blocks: read(`${from}_blocks`, 16 * (source + begin), 16 * (source + end)),
            scales: read(`${from}_scales`, source + begin, source + end),
          }
        }),
      },
      {
        name: `${name}.bias`,
        dtype: 'F32',
        shape: [experts, rows],
        piece: convertedPiece('F32', [experts, rows], (begin, end) => {
          const from2 = 2 * sourceRow(begin)
          const values = decodeBf16(read(`${from}_bias`, from2, 2 * (sourceRow(end - 1) + 1)))
          return values.filter((_, i) => i % step === 0)
        }),
      },
    ]
  }

  const layer = (i: number): Tensor[] => {
    const from = `model.layers.${i}`
    const name = `blk.${i}`
    const gateUp = `${from}.mlp.experts.gate_up_proj`
    const attention = `${from}.self_attn`
    return [
      converted(`${name}.attn_norm.weight`, `${from}.input_layernorm.weight`, 'F32', hidden),
      ...projection(`${name}.attn_q`, `${attention}.q_proj`, dense, queries, hidden),
      ...projection(`${name}.attn_k`, `${attention}.k_proj`, dense, keys, hidden),
      ...projection(`${name}.attn_v`, `${attention}.v_proj`, dense, keys, hidden),
      ...projection(`${name}.attn_output`, `${attention}.o_proj`, dense, hidden, queries),
      converted(
        `${name}.attn_sinks.weight`,
        `${attention}.sinks`,
        'F32',
        size('num_attention_heads'),
      ),
      converted(
        `${name}.post_attention_norm.weight`,
        `${from}.post_attention_layernorm.weight`,
        'F32',
        hidden,
      ),
      ...projection(`${name}.ffn_gate_inp`, `${from}.mlp.router`, router, experts, hidden),
      ...expertRows(`${name}.ffn_gate_exps`, gateUp, [intermediate, hidden], { first: 0, step: 2 }),
      ...expertRows(`${name}.ffn_up_exps`, gateUp, [intermediate, hidden], { first: 1, step: 2 }),
      ...expertRows(
        `${name}.ffn_down_exps`,
        `${from}.mlp.experts.down_proj`,
        [hidden, intermediate],
        { first: 0, step: 1 },
      ),
    ]
  }
  const vocabulary = size('vocab_size')
  return [
    converted('token_embd.weight', 'model.embed_tokens.weight', dense, vocabulary, hidden),
    ...Array.from({ length: size('num_hidden_layers') }, (_, i) => layer(i)).flat(),
    converted('output_norm.weight', 'model.norm.weight', 'F32', hidden),
    converted('output.weight', 'lm_head.weight', dense, vocabulary, hidden),
  ]
}

/** A tensor of another type, from its numbers. */
function convertedPiece(
  dtype: DenseType,
  shape: readonly number[],
  numbers: (begin: number, end: number) => Float64Array,
): FilePiece {
  const { elements, bytes, encode } = ENCODINGS[dtype]
  return blockPiece(tensorByteLength(dtype, shape) as number, bytes, (begin, end) =>
    encode(numbers(begin * elements, end * elements)),
  )
}

/**
 * MXFP4 as ggml orders it: the scale first, then byte j with the elements j and j + 16, where the
 * checkpoint has 2j and 2j + 1.
 * @param read the groups [begin, end) of a row
 */
function mxfp4Piece(
  rows: number,
  groups: number,
  read: (row: number, begin: number, end: number) => { blocks: Uint8Array; scales: Uint8Array },
): FilePiece {
  return blockPiece(rows * groups * 17, 17, (begin, end) => {
    const out = new Uint8Array((end - begin) * 17)
    for (let block = begin; block < end; ) {
      const row = Math.floor(block / groups)
      const last = Math.min(end, (row + 1) * groups)
      const { blocks, scales } = read(row, block - row * groups, last - row * groups)
      for (let i = 0; i < last - block; i++) {
        const target = (block - begin + i) * 17
        out[target] = scales[i] as number
        const code = (element: number) =>
          ((blocks[16 * i + (element >> 1)] as number) >> (4 * (element & 1))) & 15
        for (let j = 0; j < 16; j++) out[target + 1 + j] = code(j) | (code(j + 16) << 4)
      }
      block = last
    }
    return out
  })
}

/** A piece that is made in whole blocks, and read from any byte to any other. */
function blockPiece(
  byteLength: number,
  blockBytes: number,
  make: (beginBlock: number, endBlock: number) => Uint8Array<ArrayBuffer>,
): FilePiece {
  return {
    byteLength,
    bytes(begin, end) {
      const first = Math.floor(begin / blockBytes)
      const made = make(first, Math.ceil(end / blockBytes))
      return made.subarray(begin - first * blockBytes, end - first * blockBytes)
    },
  }
}

// ── Numbers ──────────────────────────────────────────────────────────────────────────────────────

interface Encoding {
  /** Numbers of a block, and its bytes. */
  elements: number
  bytes: number
  encode(values: Float64Array): Uint8Array<ArrayBuffer>
}

const ENCODINGS: Readonly<Record<DenseType, Encoding>> = {
  F32: {
    elements: 1,
    bytes: 4,
    encode: (values) => new Uint8Array(Float32Array.from(values).buffer),
  },
  // Exact: the numbers come from a BF16 tensor.
  BF16: {
    elements: 1,
    bytes: 2,
    encode: (values) =>
      new Uint8Array(
        Uint16Array.from(new Uint32Array(Float32Array.from(values).buffer), (bits) => bits >>> 16)
          .buffer,
      ),
  },
  F16: {
    elements: 1,
    bytes: 2,
    encode: (values) => new Uint8Array(Uint16Array.from(values, nearestF16).buffer),
  },
  Q8_0: { elements: 32, bytes: 34, encode: encodeQ80 },
}

/** Each 32 numbers as a half and multiples of it by −127 … 127 (ggml's quantize_row_q8_0). */
function encodeQ80(values: Float64Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array((values.length / 32) * 34)
  const view = new DataView(out.buffer)
  for (let block = 0; block < values.length / 32; block++) {
    const numbers = values.subarray(32 * block, 32 * (block + 1))
    const largest = numbers.reduce((max, x) => Math.max(max, Math.abs(x)), 0)
    // In f32, as ggml computes it.
    const scale = Math.fround(largest / 127)
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    view.setUint16(34 * block, nearestF16(scale), true)
    numbers.forEach((x, i) => {
      const quant = Math.sign(x) * Math.round(Math.fround(Math.abs(x) * inverse))
      view.setInt8(34 * block + 2 + i, quant)
    })
  }
  return out
}

// ── Metadata ─────────────────────────────────────────────────────────────────────────────────────

/** General.file_type of each. */
const FILE_TYPES: Readonly<Record<DenseType, number>> = { F32: 0, F16: 1, BF16: 32, Q8_0: 38 }

/** What a converter writes of a checkpoint's configuration and tokenizer. */
export function modelMetadata(
  { config, tokenizer }: Omit<SourceCheckpoint, 'read'>,
  dense: DenseType,
): GgufEntry[] {
  const number = (key: string) => config[key] as number
  const rope = config.rope_scaling as Record<string, number>
  return [
    ['general.architecture', 'string', 'gpt-oss'],
    ['general.type', 'string', 'model'],
    ['general.name', 'string', 'Gpt Oss'],
    ['general.license', 'string', 'apache-2.0'],
    ['general.tags', 'string[]', ['text-generation']],
    ['gpt-oss.block_count', 'u32', number('num_hidden_layers')],
    ['gpt-oss.context_length', 'u32', number('max_position_embeddings')],
    ['gpt-oss.embedding_length', 'u32', number('hidden_size')],
    ['gpt-oss.feed_forward_length', 'u32', number('intermediate_size')],
    ['gpt-oss.attention.head_count', 'u32', number('num_attention_heads')],
    ['gpt-oss.attention.head_count_kv', 'u32', number('num_key_value_heads')],
    ['gpt-oss.rope.freq_base', 'f32', number('rope_theta')],
    ['gpt-oss.attention.layer_norm_rms_epsilon', 'f32', number('rms_norm_eps')],
    ['gpt-oss.expert_count', 'u32', number('num_local_experts')],
    ['gpt-oss.expert_used_count', 'u32', number('num_experts_per_tok')],
    ['gpt-oss.attention.key_length', 'u32', number('head_dim')],
    ['gpt-oss.attention.value_length', 'u32', number('head_dim')],
    ['general.file_type', 'u32', FILE_TYPES[dense]],
    ['gpt-oss.attention.sliding_window', 'u32', number('sliding_window')],
    ['gpt-oss.expert_feed_forward_length', 'u32', number('intermediate_size')],
    ['gpt-oss.rope.scaling.type', 'string', 'yarn'],
    ['gpt-oss.rope.scaling.factor', 'f32', rope.factor as number],
    [
      'gpt-oss.rope.scaling.original_context_length',
      'u32',
      rope.original_max_position_embeddings as number,
    ],
    ['general.quantization_version', 'u32', 2],
    ...(tokenizer === undefined ? [] : tokenizerMetadata(tokenizer, number('vocab_size'))),
  ]
}

const NORMAL = 1
const CONTROL = 3
const UNUSED = 5

/** The tokens by id, one for every row of the embedding. */
function tokenizerMetadata({ model, added_tokens }: SourceTokenizer, rows: number): GgufEntry[] {
  const tokens = Array.from({ length: rows }, (_, id) => `[PAD${id}]`)
  const types = tokens.map(() => UNUSED)
  for (const [token, id] of Object.entries(model.vocab)) {
    tokens[id] = token
    types[id] = NORMAL
  }
  for (const { content, id } of added_tokens) {
    tokens[id] = content
    types[id] = CONTROL
  }
  const idOf = (content: string) => added_tokens.find((token) => token.content === content)?.id ?? 0
  return [
    ['tokenizer.ggml.model', 'string', 'gpt2'],
    ['tokenizer.ggml.pre', 'string', 'gpt-4o'],
    ['tokenizer.ggml.tokens', 'string[]', tokens],
    ['tokenizer.ggml.token_type', 'i32[]', types],
    [
      'tokenizer.ggml.merges',
      'string[]',
      model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' '))),
    ],
    ['tokenizer.ggml.bos_token_id', 'u32', idOf('<|startoftext|>')],
    ['tokenizer.ggml.eos_token_id', 'u32', idOf('<|return|>')],
    ['tokenizer.ggml.padding_token_id', 'u32', idOf('<|endoftext|>')],
    ['tokenizer.chat_template', 'string', '{% for message in messages %}{% endfor %}'],
  ]
}
