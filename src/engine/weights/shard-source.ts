/**
 * Where a checkpoint's files come from: a server, files the user picked, a disk, or our own store.
 *
 * File names are paths relative to the checkpoint's folder, as the index writes them
 * ("model-00000-of-00002.safetensors").
 */
export interface ShardSource {
  /**
   * Length of a file in bytes.
   * @throws EngineError `file-missing`, `network`, `http-status`
   */
  byteLength(file: string, signal?: AbortSignal): Promise<number>

  /**
   * The bytes [begin, end) of a file, in order, in pieces of whatever length suits the source.
   * A piece is only valid until the next one is asked for.
   * @throws EngineError `file-missing`, `file-truncated`, `network`, `http-status`
   */
  read(file: string, begin: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array>
}
