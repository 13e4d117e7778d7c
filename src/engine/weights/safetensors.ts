import { EngineError } from '../errors'
import {
  decodeText,
  fileInvalid,
  foreignContent,
  isObject,
  parseJson,
  quoted,
} from './file-content'
import { readBytes, type ShardSource } from './shard-source'
import { type TensorDtype, type TensorEntry, tensorByteLength } from './tensor-table'

/**
 * Longest header that is read. The real shards' are 4 to 23 KB; the cap keeps a hostile length from
 * allocating the file's worth of memory.
 */
const MAX_HEADER_BYTES = 16 * 1024 * 1024

/** The header's own length: u64, little-endian. */
const PREFIX_BYTES = 8

/** Types that a safetensors file may have here; the others exist in GGUF alone. */
export type SafetensorsDtype = Exclude<TensorDtype, 'Q8_0' | 'MXFP4'>

const DTYPES: readonly unknown[] = ['BF16', 'F16', 'F32', 'U8', 'I32'] satisfies SafetensorsDtype[]

/**
 * Reads a shard's header and lists its tensors in the order of their bytes (spec section 3.1).
 *
 * The file is untrusted: every tensor's shape, type and byte range must agree, and together they
 * must cover the data exactly, with no gap and no overlap.
 * @throws EngineError `file-invalid`, `file-truncated`, or what the source throws
 */
export async function readShardHeader(
  source: ShardSource,
  file: string,
  signal?: AbortSignal,
): Promise<TensorEntry[]> {
  const fileBytes = await source.byteLength(file, signal)
  const prefix = await readBytes(source, file, 0, Math.min(PREFIX_BYTES, fileBytes), signal)
  const dataOffset = PREFIX_BYTES + headerLength(prefix, file, fileBytes)
  const header = await readBytes(source, file, PREFIX_BYTES, dataOffset, signal)
  return parseShardHeader(header, file, fileBytes)
}

function headerLength(prefix: Uint8Array, file: string, fileBytes: number): number {
  if (prefix.length < PREFIX_BYTES) {
    throw fileInvalid(
      file,
      foreignContent(prefix) ?? `is ${fileBytes} bytes long, too short for a safetensors file`,
    )
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset)
  // Text in place of the length reads as a number far above any file's length.
  const length = Number(view.getBigUint64(0, true))
  if (length > fileBytes - PREFIX_BYTES) {
    throw fileInvalid(
      file,
      foreignContent(prefix) ??
        `announces a header of ${length} bytes, which reaches beyond the file's ${fileBytes} bytes`,
    )
  }
  if (length > MAX_HEADER_BYTES) {
    throw fileInvalid(
      file,
      `announces a header of ${length} bytes; at most ${MAX_HEADER_BYTES} are read`,
    )
  }
  if (length < 2)
    throw fileInvalid(file, `announces a header of ${length} bytes, too short for JSON`)
  return length
}

/**
 * The tensors that a header lists, in the order of their bytes.
 * @param header the JSON text's bytes, without the 8 bytes of its length
 * @param fileBytes length of the whole file
 * @throws EngineError `file-invalid`, `file-truncated`
 */
export function parseShardHeader(
  header: Uint8Array,
  file: string,
  fileBytes: number,
): TensorEntry[] {
  const json = parseJson(decodeText(header, file), file)
  if (!isObject(json)) throw fileInvalid(file, 'has a header that is not a JSON object')

  const dataOffset = PREFIX_BYTES + header.length
  const tensors = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, fields]) => parseTensor(name, fields, file, dataOffset))
    .sort((a, b) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength)

  let end = dataOffset
  for (const { name, byteOffset, byteLength } of tensors) {
    if (byteOffset !== end) {
      const fault = byteOffset < end ? 'overlaps the one before it' : 'leaves a gap before it'
      throw fileInvalid(file, `tensor ${quoted(name)} ${fault}`)
    }
    end += byteLength
  }
  if (end > fileBytes) {
    throw new EngineError({
      code: 'file-truncated',
      file,
      expectedBytes: end,
      receivedBytes: fileBytes,
    })
  }
  if (end < fileBytes) {
    throw fileInvalid(file, `has ${fileBytes - end} bytes after its last tensor`)
  }
  return tensors
}

function parseTensor(name: string, fields: unknown, file: string, dataOffset: number): TensorEntry {
  const fail = (problem: string) => fileInvalid(file, `tensor ${quoted(name)} ${problem}`)
  if (!isObject(fields)) throw fail('is not described by a JSON object')

  const { dtype, shape, data_offsets: offsets } = fields
  if (!isDtype(dtype)) {
    throw fail(`has dtype ${quoted(dtype)}, which is none of ${DTYPES.join(', ')}`)
  }
  if (!isListOfCounts(shape)) throw fail(`has an impossible shape ${quoted(shape)}`)
  if (!isListOfCounts(offsets) || !isRange(offsets)) {
    throw fail(`has impossible data_offsets ${quoted(offsets)}`)
  }

  const [begin, end] = offsets
  const byteLength = end - begin
  const neededBytes = tensorByteLength(dtype, shape)
  if (byteLength !== neededBytes) {
    const announced = `${dtype} ${quoted(shape)} takes ${neededBytes} bytes`
    throw fail(`of ${announced}, and its data_offsets give it ${byteLength}`)
  }
  return { name, dtype, shape, file, byteOffset: dataOffset + begin, byteLength }
}

function isDtype(value: unknown): value is SafetensorsDtype {
  return DTYPES.includes(value)
}

function isListOfCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0)
}

function isRange(offsets: number[]): offsets is [number, number] {
  const [begin, end, ...more] = offsets
  return begin !== undefined && end !== undefined && more.length === 0 && begin <= end
}
