import { type FileHandle, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../src/engine/errors'
import type { ShardSource } from '../src/engine/weights/shard-source'

const READ_BYTES = 4 * 1024 * 1024

/** A checkpoint in a folder on disk, for Node. */
export function createFsSource(folder: string): ShardSource {
  /** Runs an operation on a file; what the file system refuses becomes an error about that file. */
  async function attempt<T>(file: string, operation: (path: string) => Promise<T>): Promise<T> {
    try {
      return await operation(join(folder, file))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'ENOTDIR') {
        throw new EngineError({ code: 'file-missing', file, neededBy: folder })
      }
      if (typeof code !== 'string') throw error
      throw new EngineError({ code: 'file-invalid', file, problem: `cannot be read: ${code}` })
    }
  }

  async function* readFrom(
    handle: FileHandle,
    file: string,
    begin: number,
    end: number,
    signal: AbortSignal | undefined,
  ) {
    const buffer = new Uint8Array(Math.min(READ_BYTES, end - begin))
    for (let position = begin; position < end; ) {
      if (signal?.aborted) throw new EngineError({ code: 'cancelled' })
      const length = Math.min(buffer.length, end - position)
      const { bytesRead } = await attempt(file, () => handle.read(buffer, 0, length, position))
      if (bytesRead === 0) {
        throw new EngineError({
          code: 'file-truncated',
          file,
          expectedBytes: end,
          receivedBytes: position,
        })
      }
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  return {
    async byteLength(file) {
      return (await attempt(file, (path) => stat(path))).size
    },

    async *read(file, begin, end, signal) {
      const handle = await attempt(file, (path) => open(path))
      try {
        yield* readFrom(handle, file, begin, end, signal)
      } finally {
        await handle.close()
      }
    },
  }
}
