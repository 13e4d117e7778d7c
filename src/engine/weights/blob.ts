import { release, STRETCH_BYTES, takeStretch } from './release'
import { throwIfCancelled } from './shard-source'

/**
 * The bytes [begin, end) of a Blob, a stretch at a time, so that a long one is never whole in memory. Memory
 * of a stretch that is given back by `release` is read into again: finding new memory takes longer than reading.
 * @throws EngineError `cancelled`; DOMException `NotFoundError`, `NotReadableError`
 */
export async function* readBlob(
  blob: Blob,
  begin: number,
  end: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const reader = end - begin < STRETCH_BYTES ? undefined : openReader(blob.slice(begin, end))
  try {
    for (let position = begin; position < end; position += STRETCH_BYTES) {
      throwIfCancelled(signal)
      const next = Math.min(position + STRETCH_BYTES, end)
      const isWhole = next - position === STRETCH_BYTES
      const stretch = reader && isWhole ? await readStretch(reader) : undefined
      // What a stream does not deliver, a slice does, or says why it cannot be had.
      yield stretch ?? new Uint8Array(await blob.slice(position, next).arrayBuffer())
    }
  } finally {
    if (reader) close(reader)
  }
}

/**
 * Readers at work. Chromium (156) does not keep one alive that is read from: once it is garbage, what is being
 * read never comes (bench/LOG.md).
 */
const atWork = new Set<ReadableStreamBYOBReader>()

/** Undefined where a browser's Blobs do not read into memory that they are given. */
function openReader(blob: Blob): ReadableStreamBYOBReader | undefined {
  const stream = blob.stream()
  try {
    const reader = stream.getReader({ mode: 'byob' })
    atWork.add(reader)
    return reader
  } catch {
    // Left alone, Safari 26.0 would read all of it, for nobody.
    stream.cancel().catch(() => {})
    return undefined
  }
}

function close(reader: ReadableStreamBYOBReader) {
  atWork.delete(reader)
  reader.cancel().catch(() => {})
}

/** The next stretch of a stream; undefined where it fails or ends before. */
async function readStretch(
  reader: ReadableStreamBYOBReader,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let stretch = takeStretch()
  try {
    for (let filledBytes = 0; filledBytes < STRETCH_BYTES; ) {
      const rest = stretch.subarray(filledBytes)
      const { done, value } = await reader.read(rest, { min: rest.length })
      if (value) stretch = new Uint8Array(value.buffer)
      if (done) {
        release(stretch)
        return undefined
      }
      filledBytes += value.length
    }
    return stretch
  } catch {
    return undefined
  }
}

/** Whether a Blob could not be read because the file behind it is gone, changed or locked. */
export function isUnreadable(error: unknown): boolean {
  if (!(error instanceof DOMException)) return false
  return error.name === 'NotFoundError' || error.name === 'NotReadableError'
}
