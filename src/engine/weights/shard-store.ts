import { EngineError } from '../errors'
import { isUnreadable, readBlob } from './blob'
import { fileInvalid } from './file-content'
import type { Publication } from './hub'
import type { ShardSource, SourceFile } from './shard-source'
import type { Verification, VerifyOptions } from './verify'

/**
 * Length of the pieces in which files are kept. An interruption costs those that are being fetched.
 *
 * Chromium refuses a single structured-clone value above 127 MiB; of the lengths below, this one
 * is read fastest.
 */
export const PIECE_BYTES = 64 * 1024 * 1024

/**
 * Checkpoints at rest, in pieces. Every method but `source`, and every read of what that returns, may
 * fail with EngineError `storage-refused` (the browser keeps nothing for this page), `storage-failed`
 * (it did before, and fails at this) or `storage-full`.
 *
 * Models go by a name that the caller chooses, their base URL for instance. A model is complete
 * when `complete` has said so, never because its pieces happen to be there.
 */
export interface ShardStore {
  /** Every model of which anything is kept. */
  list(): Promise<StoredModel[]>

  /** What is kept of a model; undefined when it was never begun. */
  find(model: string): Promise<StoredModel | undefined>

  /**
   * Makes ready to take the pieces of `files`. What is kept of the same model stays where a file
   * has the same name and length, and no other published hash, so that a download resumes; the rest
   * of it is dropped.
   * @param publication what a hub says about these files, to be kept with them
   */
  begin(
    model: string,
    files: readonly SourceFile[],
    publication?: Publication,
  ): Promise<StoredModel>

  /**
   * Keeps one piece and its SHA-256, wholly or not at all: when this resolves, both are committed.
   * Where there is no `crypto.subtle` (see `sha256`), a piece is kept without a hash.
   * @param bytes the piece's exact length, see `pieceLength`; may be reused afterwards
   * @throws EngineError `storage-refused` also where it was kept and cannot be read: it is gone then
   */
  putPiece(
    model: string,
    file: string,
    piece: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void>

  /** Removes pieces that are of no use after all; the model is incomplete then. */
  drop(model: string, pieces: readonly PieceKey[]): Promise<void>

  /** Marks a model whose every piece is kept as complete. */
  complete(model: string): Promise<void>

  /**
   * Hashes every piece that is kept again (see `verifyPieces`) and drops the damaged ones; the model
   * is incomplete then, and the next download fetches those and nothing else.
   * @throws EngineError `cancelled`, which leaves everything as it is
   */
  verify(model: string, options?: VerifyOptions): Promise<Verification>

  /** One SHA-256 for all bytes of a model that is complete; see `weightHash`. */
  hash(model: string): Promise<string | undefined>

  /** Removes a model and says how much space that freed: 0 when there was nothing. */
  delete(model: string): Promise<{ freedBytes: number }>

  /**
   * A model's files as they are kept; a read that meets a missing piece is `file-truncated`. What a
   * read yields is the reader's own, so that the next of it can be asked for ahead; see `release`.
   */
  source(model: string): ShardSource
}

export interface StoredModel {
  model: string
  files: readonly StoredFile[]
  pieceBytes: number
  storedBytes: number
  totalBytes: number
  /** When the model was completed, in milliseconds since 1970; undefined while it is not. */
  completedAt: number | undefined
  /** What a hub said about the files when the download began; undefined where none did. */
  publication: Publication | undefined
}

export interface StoredFile extends SourceFile {
  /** Pieces that are kept, by their number: piece p starts at byte p · pieceBytes. */
  pieces: ReadonlySet<number>
}

/** What a store writes down about a model, apart from its pieces. */
export interface ModelRecord {
  model: string
  files: readonly SourceFile[]
  pieceBytes: number
  completedAt: number | undefined
  /** Absent where no hub says anything. */
  publication?: Publication
}

/** Names one piece of a model. */
export interface PieceKey {
  file: string
  piece: number
}

/** Into how many pieces a file is cut; the last may be shorter. */
export function pieceCount(fileBytes: number, pieceBytes: number): number {
  return Math.ceil(fileBytes / pieceBytes)
}

/** Length of one piece of a file. */
export function pieceLength(fileBytes: number, piece: number, pieceBytes: number): number {
  return Math.min(pieceBytes, fileBytes - piece * pieceBytes)
}

/**
 * The record of a model that is being written.
 * @throws EngineError `storage-refused` when another tab has deleted it meanwhile
 */
export function existing<T>(model: string, found: T | undefined): T {
  if (found !== undefined) return found
  const detail = `${model} was deleted from storage while it was being written`
  throw new EngineError({ code: 'storage-refused', detail })
}

/** No store keeps a piece of another length than it must have, whatever a server sent. */
export function checkPiece(record: ModelRecord, key: PieceKey, byteLength: number): void {
  const file = record.files.find(({ name }) => name === key.file)
  const expected = file && pieceLength(file.byteLength, key.piece, record.pieceBytes)
  if (byteLength !== expected) {
    throw new Error(`piece ${key.piece} of ${key.file} has ${byteLength} bytes, not ${expected}`)
  }
}

/** No store calls a model complete that is not. */
export function checkWhole({ model, storedBytes, totalBytes }: StoredModel): void {
  if (storedBytes !== totalBytes) {
    throw new Error(`${model} is not complete: ${storedBytes} of ${totalBytes} bytes are kept`)
  }
}

/** Joins a model's record and the keys of its pieces. */
export function describeModel(record: ModelRecord, keys: Iterable<PieceKey>): StoredModel {
  const pieces = new Map(record.files.map(({ name }) => [name, new Set<number>()]))
  for (const { file, piece } of keys) pieces.get(file)?.add(piece)

  const { pieceBytes } = record
  const files = record.files.map((file) => ({
    ...file,
    pieces: pieces.get(file.name) ?? new Set(),
  }))
  let storedBytes = 0
  let totalBytes = 0
  for (const { byteLength, pieces } of files) {
    totalBytes += byteLength
    for (const piece of pieces) storedBytes += pieceLength(byteLength, piece, pieceBytes)
  }
  return { ...record, files, storedBytes, totalBytes, publication: record.publication }
}

/** Of the pieces kept of `stored`, those that are of no use for `files`. */
export function obsoletePieces(
  stored: StoredModel,
  files: readonly SourceFile[],
  pieceBytes: number,
  publication: Publication | undefined,
): PieceKey[] {
  const lengths = new Map(files.map(({ name, byteLength }) => [name, byteLength]))
  const hashes = publishedHashes(publication)
  const hashesBefore = publishedHashes(stored.publication)
  const isRevised = (name: string) =>
    hashes.has(name) && hashesBefore.has(name) && hashes.get(name) !== hashesBefore.get(name)
  return stored.files
    .filter(
      ({ name, byteLength }) =>
        stored.pieceBytes !== pieceBytes || lengths.get(name) !== byteLength || isRevised(name),
    )
    .flatMap(piecesOf)
}

/** Every piece that is kept of a file. */
export function piecesOf({ name, pieces }: StoredFile): PieceKey[] {
  return Array.from(pieces, (piece) => ({ file: name, piece }))
}

/** File name → published SHA-256. */
export function publishedHashes(publication: Publication | undefined): Map<string, string> {
  const files = publication?.files ?? []
  return new Map(
    files.flatMap(({ name, sha256 }) => (sha256 === undefined ? [] : [[name, sha256]])),
  )
}

/**
 * The commit of the hub whose published SHA-256 each of a model's weight files has; undefined while
 * the model is incomplete, and where nothing was published to compare with.
 */
export function publishedCommit(stored: StoredModel): string | undefined {
  const { files, completedAt, publication } = stored
  const hashes = publishedHashes(publication)
  const isCompared = files.every(({ name }) => !isWeightFile(name) || hashes.has(name))
  return completedAt !== undefined && isCompared ? publication?.commit : undefined
}

/** Files that hold tensors, whatever else a model is made of. */
export const isWeightFile = (name: string) => /\.(safetensors|gguf)$/i.test(name)

/** The record of a model that begins to be downloaded. */
export function newRecord(
  model: string,
  files: readonly SourceFile[],
  pieceBytes: number,
  publication: Publication | undefined,
): ModelRecord {
  const record = { model, files, pieceBytes, completedAt: undefined }
  return publication === undefined ? record : { ...record, publication }
}

/**
 * The files of a stored model, read from its pieces.
 * @param findRecord the model's record; undefined when it was never begun
 * @param findPiece a piece's bytes; undefined when it is not kept
 */
export function createPieceSource(
  model: string,
  findRecord: () => Promise<ModelRecord | undefined>,
  findPiece: (file: string, piece: number) => Promise<Blob | undefined>,
): ShardSource {
  const find = async (name: string) => {
    const record = await findRecord()
    const file = record?.files.find((file) => file.name === name)
    if (record === undefined || file === undefined) {
      throw new EngineError({ code: 'file-missing', file: name, neededBy: model })
    }
    return { ...file, pieceBytes: record.pieceBytes }
  }

  return {
    async byteLength(name) {
      return (await find(name)).byteLength
    },

    async *read(name, begin, end, signal) {
      const { byteLength, pieceBytes } = await find(name)
      let position = begin
      while (position < end) {
        const piece = Math.floor(position / pieceBytes)
        const blob = position < byteLength ? await findPiece(name, piece) : undefined
        const offset = position - piece * pieceBytes
        const length = Math.min(end - position, (blob?.size ?? 0) - offset)
        if (blob === undefined || length <= 0) {
          throw new EngineError({
            code: 'file-truncated',
            file: name,
            expectedBytes: end,
            receivedBytes: position,
          })
        }
        try {
          yield* readBlob(blob, offset, offset + length, signal)
        } catch (error) {
          if (!isUnreadable(error)) throw error
          throw fileInvalid(name, 'can no longer be read from storage, where it was complete')
        }
        position += length
      }
    },
  }
}
