import { EngineError } from '../errors'

/**
 * Where a checkpoint's files come from: a server, files the user picked, a disk, or our own store.
 *
 * File names are paths relative to the checkpoint's folder, as the index writes them
 * ("model-00000-of-00002.safetensors").
 */
export interface ShardSource {
  /**
   * Length of a file in bytes.
   * @throws EngineError `file-missing`, `file-invalid`, `network`, `http-status`, `cancelled`
   */
  byteLength(file: string, signal?: AbortSignal): Promise<number>

  /**
   * The bytes [begin, end) of a file, in order, in pieces of whatever length suits the source.
   * A piece is only valid until the next one is asked for.
   * @throws EngineError `file-missing`, `file-invalid`, `file-truncated`, `network`, `http-status`,
   *   `cancelled`
   */
  read(
    file: string,
    begin: number,
    end: number,
    signal?: AbortSignal,
  ): AsyncIterable<Uint8Array<ArrayBuffer>>

  /**
   * True once it is known that a file comes only as one stream from its start, so that reads side
   * by side would fetch it several times over. Absent where ranges can always be read.
   */
  isSequential?(file: string): boolean

  /** How many requests had to be repeated so far. Absent where none ever is. */
  retryCount?(): number
}

/** A file of a checkpoint, by name and length. */
export interface SourceFile {
  name: string
  byteLength: number
}

/**
 * The bytes [begin, end) of a file in one array: for headers and small files only.
 * @throws EngineError what the source throws
 */
export async function readBytes(
  source: ShardSource,
  file: string,
  begin: number,
  end: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - begin)
  let filled = 0
  for await (const piece of source.read(file, begin, end, signal)) {
    bytes.set(piece, filled)
    filled += piece.length
  }
  if (filled < bytes.length) {
    throw new EngineError({
      code: 'file-truncated',
      file,
      expectedBytes: end,
      receivedBytes: begin + filled,
    })
  }
  return bytes
}

/**
 * A whole file in one array, if it is no longer than `maxBytes`.
 * @throws EngineError `file-invalid` for a longer file, before it is read; what the source throws
 */
export async function readAll(
  source: ShardSource,
  file: string,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const byteLength = await source.byteLength(file, signal)
  if (byteLength > maxBytes) {
    throw new EngineError({
      code: 'file-invalid',
      file,
      problem: `is ${byteLength} bytes long, more than the ${maxBytes} such a file may have`,
    })
  }
  return readBytes(source, file, 0, byteLength, signal)
}

/** @throws EngineError `cancelled` once `signal` is aborted */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EngineError({ code: 'cancelled' })
}
