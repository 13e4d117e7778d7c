import { recut } from './recut'
import type { ShardSource } from './shard-source'

/**
 * Element types of gpt-oss checkpoints and golden files, by their safetensors and ggml names. The
 * last two store a row in blocks of 32 channels (spec section 3.3): `Q8_0` a half and 32 signed
 * bytes, `MXFP4` a scale byte and 32 nibbles.
 */
export type TensorDtype = 'BF16' | 'F16' | 'F32' | 'U8' | 'I32' | 'Q8_0' | 'MXFP4'

/** What a row of each type is made of. */
const BLOCKS: Readonly<Record<TensorDtype, { elements: number; bytes: number }>> = {
  BF16: { elements: 1, bytes: 2 },
  F16: { elements: 1, bytes: 2 },
  F32: { elements: 1, bytes: 4 },
  U8: { elements: 1, bytes: 1 },
  I32: { elements: 1, bytes: 4 },
  Q8_0: { elements: 32, bytes: 34 },
  MXFP4: { elements: 32, bytes: 17 },
}

/**
 * Bytes of a tensor of this type and shape; undefined where its rows are no whole number of blocks.
 * Beyond 2⁵³ the result is rounded.
 */
export function tensorByteLength(dtype: TensorDtype, shape: readonly number[]): number | undefined {
  const { elements, bytes } = BLOCKS[dtype]
  if ((shape.at(-1) ?? 1) % elements !== 0) return undefined
  return shape.reduce((product, length) => product * length, bytes / elements)
}

/** One tensor of a checkpoint: where its bytes lie. */
export interface TensorEntry {
  name: string
  dtype: TensorDtype
  shape: readonly number[]
  /** Shard that holds it, and its bytes [byteOffset, byteOffset + byteLength) in that file. */
  file: string
  byteOffset: number
  byteLength: number
}

/** Where a checkpoint's tensors lie in its files; a `TensorTable` knows it. */
export interface TensorPlaces {
  get(name: string): TensorEntry
}

/** Compares tensors for `sort`: file by file, and in each as they lie there. */
export const inFileOrder = (a: TensorEntry, b: TensorEntry): number =>
  a.file < b.file ? -1 : a.file > b.file ? 1 : a.byteOffset - b.byteOffset

/** Length of a piece that `TensorTable.read` yields, unless the caller wants another. */
const DEFAULT_PIECE_BYTES = 8 * 1024 * 1024

export interface ReadOptions {
  /** First byte to read, counted from the tensor's start. Default: 0. */
  begin?: number
  /** Byte to stop before, counted from the tensor's start. Default: the tensor's end. */
  end?: number
  /** Length of each piece, a multiple of 4. Default: 8 MiB. */
  pieceBytes?: number
  signal?: AbortSignal | undefined
}

/** All shards' tensors under one name space. */
export class TensorTable {
  /** The file that says which tensors there are: the index, or the only shard. */
  readonly listedIn: string
  readonly #source: ShardSource
  readonly #entries: ReadonlyMap<string, TensorEntry>

  /** @param entries tensors with different names */
  constructor(source: ShardSource, entries: Iterable<TensorEntry>, listedIn: string) {
    this.#source = source
    this.#entries = new Map(Array.from(entries, (entry) => [entry.name, entry]))
    this.listedIn = listedIn
  }

  /** How many tensors there are. */
  get size(): number {
    return this.#entries.size
  }

  names(): Iterable<string> {
    return this.#entries.keys()
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** Where a tensor lies. Asking for one that the table does not have is a bug; see `has`. */
  get(name: string): TensorEntry {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw new Error(`no tensor "${name}" in ${this.listedIn}`)
    return entry
  }

  /**
   * A tensor's bytes in pieces of exactly `pieceBytes`, only the last of which may be shorter, so
   * that each can go straight to `GPUQueue.writeBuffer` whatever pieces the source yields.
   *
   * One piece is in memory at a time, and it is only valid until the next one is asked for.
   * @throws EngineError what the source throws
   */
  async *read(
    name: string,
    options: ReadOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    const { file, byteOffset, byteLength } = this.get(name)
    const { begin = 0, end = byteLength, pieceBytes = DEFAULT_PIECE_BYTES, signal } = options
    if (!(begin >= 0 && begin <= end && end <= byteLength)) {
      throw new RangeError(`bytes [${begin}, ${end}) of "${name}", which has ${byteLength}`)
    }
    if (!(pieceBytes > 0 && pieceBytes % 4 === 0)) {
      throw new RangeError(`pieces of ${pieceBytes} bytes: not a multiple of 4`)
    }
    yield* recut(
      this.#source.read(file, byteOffset + begin, byteOffset + end, signal),
      pieceBytes,
      end - begin,
    )
  }
}
