import { isUnreadable } from './blob'
import { release } from './release'
import { sha256 } from './sha256'
import { throwIfCancelled } from './shard-source'
import { type PieceKey, pieceLength, type StoredModel } from './shard-store'

export interface VerifyOptions {
  /** Counts bytes that have been read. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
  signal?: AbortSignal | undefined
}

/** What became of a model's pieces since they were committed. */
export interface Verification {
  /** Pieces that had changed or could not be read. */
  damaged: readonly PieceKey[]
  /** Pieces without a hash, of which only presence and length could be checked. */
  unhashed: readonly PieceKey[]
}

/** A piece as a store finds it: its bytes, and the hash that was committed with them. */
export interface PieceAtRest {
  blob: Blob | undefined
  sha256: string | undefined
}

/**
 * Hashes every piece of a stored model again, one at a time.
 *
 * A hash is of the bytes as they arrived, so this finds what a disk did to them afterwards. What
 * was wrong before, on its way or on its server, has the right hash here.
 * @throws EngineError `cancelled`
 */
export async function verifyPieces(
  { files, pieceBytes, storedBytes }: StoredModel,
  findPiece: (key: PieceKey) => Promise<PieceAtRest>,
  { onProgress = () => {}, signal }: VerifyOptions = {},
): Promise<Verification> {
  const damaged: PieceKey[] = []
  const unhashed: PieceKey[] = []
  let done = 0
  onProgress({ done, total: storedBytes })
  for (const { name, byteLength, pieces } of files) {
    for (const piece of [...pieces].sort((a, b) => a - b)) {
      throwIfCancelled(signal)
      const key = { file: name, piece }
      const found = await findPiece(key)
      const length = pieceLength(byteLength, piece, pieceBytes)
      const bytes = found.blob?.size === length ? await readWhole(found.blob) : undefined
      if (bytes === undefined) damaged.push(key)
      else if (found.sha256 === undefined) unhashed.push(key)
      else if (found.sha256 !== (await sha256(bytes))) damaged.push(key)
      if (bytes !== undefined) release(bytes)
      done += length
      onProgress({ done, total: storedBytes })
    }
  }
  return { damaged, unhashed }
}

/** A Blob's bytes; undefined where the file behind it is gone, changed or locked. */
async function readWhole(blob: Blob): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await blob.arrayBuffer())
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return undefined
  }
}
