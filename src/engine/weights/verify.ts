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
 * Hashes every piece of a stored model again, each while the next one is read.
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

  async function check(key: PieceKey, bytes: Uint8Array<ArrayBuffer> | undefined, hash?: string) {
    if (bytes === undefined) {
      damaged.push(key)
      return
    }
    const found = hash === undefined ? undefined : sha256(bytes)
    // Hashing has made a copy by now.
    release(bytes)
    if (hash === undefined) unhashed.push(key)
    else if ((await found) !== hash) damaged.push(key)
  }

  onProgress({ done, total: storedBytes })
  let checked = Promise.resolve()
  for (const { name, byteLength, pieces } of files) {
    for (const piece of [...pieces].sort((a, b) => a - b)) {
      const key = { file: name, piece }
      const { blob, sha256 } = await findPiece(key)
      const length = pieceLength(byteLength, piece, pieceBytes)
      const bytes = blob?.size === length ? await readWhole(blob) : undefined
      await checked
      throwIfCancelled(signal)
      checked = check(key, bytes, sha256).then(() => {
        done += length
        onProgress({ done, total: storedBytes })
      })
      // Awaited only when the next piece has been read, if it comes to that.
      checked.catch(() => {})
    }
  }
  await checked
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
