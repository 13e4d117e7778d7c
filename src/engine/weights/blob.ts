import { throwIfCancelled } from './shard-source'

/** Bytes read from a Blob at once: longer reads are no faster in Chromium. */
const READ_BYTES = 16 * 1024 * 1024

/**
 * The bytes [begin, end) of a Blob, a slice at a time, so that a long one is never whole in memory.
 * @throws EngineError `cancelled`; DOMException `NotFoundError`, `NotReadableError`
 */
export async function* readBlob(
  blob: Blob,
  begin: number,
  end: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  for (let position = begin; position < end; position += READ_BYTES) {
    throwIfCancelled(signal)
    const slice = blob.slice(position, Math.min(position + READ_BYTES, end))
    yield new Uint8Array(await slice.arrayBuffer())
  }
}

/** Whether a Blob could not be read because the file behind it is gone, changed or locked. */
export function isUnreadable(error: unknown): boolean {
  if (!(error instanceof DOMException)) return false
  return error.name === 'NotFoundError' || error.name === 'NotReadableError'
}
