/**
 * GGUF, the container of llama.cpp (spec section 3.3): metadata and a list of tensors, then their
 * bytes. What the metadata mean for gpt-oss is in gguf-checkpoint.ts.
 */
import { EngineError } from '../errors'
import { fileInvalid, foreignContent, quoted } from './file-content'
import { readBytes, type ShardSource } from './shard-source'

/** A metadata value. Whole numbers beyond 2⁵³ are rounded; no key that is used has such. */
export type GgufValue = number | boolean | string | GgufArray

/** A metadata array, left undecoded: a tokenizer's have hundreds of thousands of elements. */
export interface GgufArray {
  type: string
  length: number
  /** The elements as the file holds them. */
  bytes: Uint8Array
}

/** One line of the list of tensors. */
export interface GgufTensor {
  name: string
  /** Its ggml type's number. */
  type: number
  /** Row-major, [out, in]: the file's dimensions in reverse. Every length is at least 1. */
  shape: readonly number[]
  /** Where its bytes begin, counted from the start of the data. */
  dataOffset: number
}

export interface GgufHeader {
  metadata: ReadonlyMap<string, GgufValue>
  tensors: readonly GgufTensor[]
  /** Where the data begin in the file. */
  dataBegin: number
  /** What every tensor's offset is a multiple of. */
  alignment: number
  /** Length of the whole file. */
  fileBytes: number
}

/** Longest header that is read. A real one has about 14 MB, of which a tokenizer is nearly all. */
const MAX_HEADER_BYTES = 64 * 1024 * 1024

/** Read first; enough for a part of a split model that has no tokenizer of its own. */
const FIRST_WINDOW_BYTES = 256 * 1024

/** How much more is read each time that was not enough. */
const WINDOW_GROWTH = 8

/** Most metadata entries and tensors that are believed; the 120B has 37 and 687. */
const MAX_ENTRIES = 100_000

const MAX_DIMENSIONS = 4
const DEFAULT_ALIGNMENT = 32

/**
 * Reads a GGUF's header, in windows that grow until it is whole; of the tensors' bytes no more is
 * read than the last window happens to hold.
 * @throws EngineError `file-invalid`, `model-unsupported`, or what the source throws
 */
export async function readGgufHeader(
  source: ShardSource,
  file: string,
  signal?: AbortSignal,
): Promise<GgufHeader> {
  const fileBytes = await source.byteLength(file, signal)
  let bytes = new Uint8Array()
  for (let wantedBytes = FIRST_WINDOW_BYTES; ; ) {
    const end = Math.min(wantedBytes, fileBytes, MAX_HEADER_BYTES)
    const window = new Uint8Array(end)
    window.set(bytes)
    window.set(await readBytes(source, file, bytes.length, end, signal), bytes.length)
    bytes = window
    const header = parseGgufHeader(bytes, file, fileBytes)
    if (!('neededBytes' in header)) return header
    wantedBytes = Math.max(header.neededBytes, bytes.length * WINDOW_GROWTH)
  }
}

/**
 * The header at the beginning of a GGUF, or how many bytes are needed at least to go on. The file is
 * untrusted: every count and length is compared with what the file can hold before it is followed.
 * @param bytes the file's first bytes
 * @param fileBytes length of the whole file
 * @throws EngineError `file-invalid`; `model-unsupported` for a version that is not read
 */
export function parseGgufHeader(
  bytes: Uint8Array,
  file: string,
  fileBytes: number,
): GgufHeader | { neededBytes: number } {
  try {
    return parse(new HeaderReader(bytes, file, fileBytes), file, fileBytes)
  } catch (error) {
    if (error instanceof EndOfWindow) return { neededBytes: error.neededBytes }
    throw error
  }
}

function parse(reader: HeaderReader, file: string, fileBytes: number): GgufHeader {
  expectGguf(reader, file, fileBytes)
  const tensorCount = reader.count('tensors', MIN_TENSOR_BYTES)
  const metadataCount = reader.count('metadata entries', MIN_METADATA_BYTES)

  const metadata = new Map<string, GgufValue>()
  for (let i = 0; i < metadataCount; i++) {
    const key = reader.string()
    if (metadata.has(key)) throw fileInvalid(file, `has the metadata ${quoted(key)} twice`)
    metadata.set(key, reader.value(reader.type(key), key))
  }
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT
  if (!isPowerOfTwo(alignment)) {
    throw fileInvalid(file, `has the alignment ${quoted(alignment)}, which is no power of two`)
  }

  const tensors = new Map<string, GgufTensor>()
  for (let i = 0; i < tensorCount; i++) {
    const tensor = readTensor(reader, file)
    if (tensors.has(tensor.name)) {
      throw fileInvalid(file, `has the tensor ${quoted(tensor.name)} twice`)
    }
    tensors.set(tensor.name, tensor)
  }
  return {
    metadata,
    tensors: [...tensors.values()],
    dataBegin: alignUp(reader.position, alignment),
    alignment,
    fileBytes,
  }
}

function expectGguf(reader: HeaderReader, file: string, fileBytes: number): void {
  const begin = reader.peek(64)
  if (!String.fromCharCode(...begin).startsWith('GGUF')) {
    throw fileInvalid(file, foreignContent(begin) ?? 'does not begin as a GGUF file does')
  }
  if (fileBytes < PREFIX_BYTES) {
    throw fileInvalid(file, `is ${fileBytes} bytes long, too short for a GGUF file`)
  }
  reader.skip(4)
  const version = reader.u32()
  if (version === 2 || version === 3) return
  const bigEndian = version === 0x02000000 || version === 0x03000000
  const problem = bigEndian
    ? 'is a GGUF file for big-endian machines'
    : `is a GGUF file of version ${version}; this engine reads 2 and 3`
  throw new EngineError({ code: 'model-unsupported', file, problem })
}

function readTensor(reader: HeaderReader, file: string): GgufTensor {
  const name = reader.string()
  const dimensions = reader.u32()
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    throw fileInvalid(file, `tensor ${quoted(name)} has ${dimensions} dimensions`)
  }
  const shape = Array.from({ length: dimensions }, () => reader.u64()).reverse()
  const elements = shape.reduce((product, length) => product * length, 1)
  if (elements < 1 || !Number.isSafeInteger(elements)) {
    throw fileInvalid(file, `tensor ${quoted(name)} has an impossible shape ${quoted(shape)}`)
  }
  return { name, shape, type: reader.u32(), dataOffset: reader.u64() }
}

/**
 * The strings of a metadata array.
 * @throws EngineError `file-invalid` when it is an array of something else, or one is not UTF-8
 */
export function arrayStrings({ type, length, bytes }: GgufArray, file: string): string[] {
  if (type !== 'string') throw fileInvalid(file, `has a list of ${type} where strings belong`)
  const reader = new HeaderReader(bytes, file, bytes.length)
  return Array.from({ length }, () => reader.string())
}

/**
 * The numbers of a metadata array.
 * @throws EngineError `file-invalid` when it is an array of something else
 */
export function arrayNumbers({ type, length, bytes }: GgufArray, file: string): number[] {
  const scalar = SCALARS[type]
  if (scalar === undefined) throw fileInvalid(file, `has a list of ${type} where numbers belong`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length }, (_, i) => Number(scalar.read(view, i * scalar.bytes)))
}

export const isGgufArray = (value: GgufValue | undefined): value is GgufArray =>
  typeof value === 'object'

/** The next multiple of a power of two. */
export function alignUp(position: number, alignment: number): number {
  return Math.ceil(position / alignment) * alignment
}

function isPowerOfTwo(value: GgufValue): value is number {
  return (
    typeof value === 'number' &&
    value >= 1 &&
    value <= 2 ** 30 &&
    Number.isInteger(Math.log2(value))
  )
}

/** Types of metadata by their number in the file. */
const TYPES = [
  'u8',
  'i8',
  'u16',
  'i16',
  'u32',
  'i32',
  'f32',
  'bool',
  'string',
  'array',
  'u64',
  'i64',
  'f64',
]

interface Scalar {
  bytes: number
  read(view: DataView, at: number): number
}

const SCALARS: Readonly<Partial<Record<string, Scalar>>> = {
  u8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  i8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  u16: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  i16: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  u32: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  i32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  f32: { bytes: 4, read: (view, at) => decimalOf(view.getFloat32(at, true)) },
  bool: { bytes: 1, read: (view, at) => view.getUint8(at) },
  u64: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  i64: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  f64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
}

/** The shortest decimal that an f32 can stand for: 1e-5, where the f32 is 9.99999974…e-6. */
function decimalOf(f32: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(f32.toPrecision(digits))
    if (Math.fround(decimal) === f32) return decimal
  }
  return f32
}

/** Magic, version and two counts. */
const PREFIX_BYTES = 24
/** An empty key, a type and a value of one byte. */
const MIN_METADATA_BYTES = 8 + 4 + 1
/** An empty name, one dimension, a type and an offset. */
const MIN_TENSOR_BYTES = 8 + 4 + 8 + 4 + 8
/** A length. */
const MIN_STRING_BYTES = 8

/** What is asked for lies in the file, and not among the bytes read so far. */
class EndOfWindow extends Error {
  readonly neededBytes: number

  constructor(neededBytes: number) {
    super()
    this.neededBytes = neededBytes
  }
}

/** Reads a header's fields in their order, none of them beyond the file's end. */
class HeaderReader {
  position = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #file: string
  readonly #fileBytes: number
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(bytes: Uint8Array, file: string, fileBytes: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#file = file
    this.#fileBytes = fileBytes
  }

  /** The next bytes, as many as there are up to `length`, left to be read again. */
  peek(length: number): Uint8Array {
    return this.#bytes.subarray(this.position, this.position + length)
  }

  /** Passes `length` bytes, and says where they began. */
  skip(length: number): number {
    const begin = this.position
    const end = begin + length
    if (end > this.#fileBytes) {
      const problem = `has a header that reaches beyond the file's ${this.#fileBytes} bytes`
      throw fileInvalid(this.#file, problem)
    }
    if (end > MAX_HEADER_BYTES) {
      const problem = `has a header longer than the ${MAX_HEADER_BYTES} bytes that are read`
      throw fileInvalid(this.#file, problem)
    }
    if (end > this.#bytes.length) throw new EndOfWindow(end)
    this.position = end
    return begin
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true)
  }

  /** Rounded from 2⁵³ on, which every use refuses as too much. */
  u64(): number {
    const at = this.skip(8)
    // Two halves: a BigInt for each of half a million strings would take a second.
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32
  }

  /** A number of things, each of which takes at least `minBytes` of what is left of the file. */
  count(things: string, minBytes: number): number {
    const count = this.u64()
    if (count > MAX_ENTRIES || count * minBytes > this.#fileBytes) {
      throw fileInvalid(this.#file, `announces ${count} ${things}`)
    }
    return count
  }

  string(): string {
    const length = this.u64()
    const begin = this.skip(length)
    try {
      return this.#utf8.decode(this.#bytes.subarray(begin, begin + length))
    } catch {
      throw fileInvalid(this.#file, `has a string at byte ${begin} that is not UTF-8`)
    }
  }

  type(key: string): string {
    const number = this.u32()
    const type = TYPES[number]
    if (type !== undefined) return type
    throw fileInvalid(this.#file, `has the metadata ${quoted(key)} of the unknown type ${number}`)
  }

  value(type: string, key: string): GgufValue {
    if (type === 'string') return this.string()
    if (type === 'array') return this.#array(key)
    const number = this.#scalar(type)
    return type === 'bool' ? number !== 0 : number
  }

  #scalar(type: string): number {
    const { bytes, read } = SCALARS[type] as Scalar
    return read(this.#view, this.skip(bytes))
  }

  #array(key: string): GgufArray {
    const type = this.type(key)
    const length = this.u64()
    const begin = this.position
    if (type === 'array') throw fileInvalid(this.#file, `has the list of lists ${quoted(key)}`)
    if (type === 'string') {
      if (length * MIN_STRING_BYTES > this.#fileBytes) {
        throw fileInvalid(this.#file, `announces ${length} strings in ${quoted(key)}`)
      }
      for (let i = 0; i < length; i++) this.skip(this.u64())
    } else {
      this.skip(length * (SCALARS[type] as Scalar).bytes)
    }
    return { type, length, bytes: this.#bytes.subarray(begin, this.position) }
  }
}
