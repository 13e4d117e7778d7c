import { EngineError } from '../errors'
import { begin, type Consumer, readAhead } from './feed'
import { fileInvalid } from './file-content'
import type { FileHash } from './file-hash'
import { release } from './release'
import { throwIfCancelled } from './shard-source'
import {
  pieceCount,
  pieceLength,
  piecesOf,
  publishedHashes,
  type ShardStore,
  type StoredFile,
  type StoredModel,
} from './shard-store'

export interface IntakeRequest {
  store: ShardStore
  /** The model as it is when the intake begins. */
  stored: StoredModel
  /** Gets every byte of `shards`, see `Consumer`. */
  consumer?: Consumer | undefined
  /** Names of the files that the consumer gets. */
  shards: ReadonlySet<string>
  /** False where the files were compared with their published hashes before. */
  hasToVerify: boolean
  /** Stretches that are read from the store while one is being taken, 16 MiB each. */
  stretchesAhead: number
  /** Called with the length of whatever has just been hashed. */
  onHashed: (bytes: number) => void
}

/** Bytes read from the store. */
interface Stretch {
  file: StoredFile
  byteOffset: number
  bytes: Uint8Array<ArrayBuffer>
  /** Whether the consumer lacks them. */
  isNew: boolean
}

/**
 * Where the bytes of a model go once they are committed: to a consumer, in any order, and into the
 * hash of their file, in the file's order.
 *
 * What has just been fetched is passed on from memory. What was stored before is read, and so is,
 * for its hash, what was fetched before its turn came.
 */
export class Intake {
  readonly #request: IntakeRequest
  readonly #hashes: ReadonlyMap<string, PublishedHash>
  /** Pieces that came after the intake began, and are in the store and passed on by now. */
  readonly #arrived = new Set<string>()
  /** Ends the wait for the next one of them. */
  #announce = () => {}
  /** Ends when the consumer is free. */
  #consumed: Promise<void> = Promise.resolve()

  private constructor(request: IntakeRequest, hashes: ReadonlyMap<string, PublishedHash>) {
    this.#request = request
    this.#hashes = hashes
  }

  static async open(request: IntakeRequest): Promise<Intake> {
    const hashes = new Map<string, PublishedHash>()
    const { publication, files } = request.stored
    const published = request.hasToVerify ? publishedHashes(publication) : new Map()
    for (const { name, byteLength } of files) {
      const expected = published.get(name)
      if (expected === undefined || byteLength === 0) continue
      const { createFileHash } = await import('./file-hash')
      const hash = await createFileHash()
      hashes.set(name, { expected, hash, hashedBytes: 0 })
    }
    return new Intake(request, hashes)
  }

  /** Bytes that are to be hashed in all. */
  get bytesToHash(): number {
    return this.#request.stored.files.reduce(
      (sum, { name, byteLength }) => sum + (this.#hashes.has(name) ? byteLength : 0),
      0,
    )
  }

  /**
   * Passes on a piece that has just been committed.
   * @throws what the consumer throws; EngineError `file-invalid` when the file is whole by this and
   *   is not what was published: its pieces are dropped then
   */
  async passOn(file: StoredFile, piece: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const byteOffset = piece * this.#request.stored.pieceBytes
    await this.#consume(file, byteOffset, bytes)
    if (this.#hashes.get(file.name)?.hashedBytes === byteOffset) await this.#hash(file, bytes)
    this.#arrived.add(keyOf(file, piece))
    this.#announce()
  }

  /**
   * Passes on what is not passed on from memory; ends when every byte of the model has been.
   * @throws as `passOn`; EngineError `cancelled`, and what the store throws: a piece that cannot be
   *   read is dropped then, so that the next download fetches it
   */
  async passOnStored(signal?: AbortSignal): Promise<void> {
    const { stretchesAhead } = this.#request
    const stop = new AbortController()
    const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
    either.addEventListener('abort', () => this.#announce(), { once: true })
    for await (const stretch of readAhead(this.#stretches(either), stretchesAhead, drop)) {
      try {
        throwIfCancelled(signal)
        await this.#take(stretch)
      } catch (error) {
        stop.abort()
        throw error
      } finally {
        drop(stretch)
      }
    }
  }

  async #take({ file, byteOffset, bytes, isNew }: Stretch) {
    if (isNew) await this.#consume(file, byteOffset, bytes)
    if (this.#hashes.get(file.name)?.hashedBytes === byteOffset) await this.#hash(file, bytes)
  }

  /** What `#take` is to get, in order: a piece is found and begun while the one before it is read. */
  async *#stretches(signal: AbortSignal): AsyncGenerator<Stretch, void, void> {
    for await (const stretches of readAhead(this.#pieces(signal), 1, dropPiece)) yield* stretches
  }

  async *#pieces(signal: AbortSignal): AsyncGenerator<AsyncGenerator<Stretch, void, void>> {
    const { stored, consumer, shards } = this.#request
    const { files, pieceBytes } = stored
    for (const file of files) {
      const hash = this.#hashes.get(file.name)
      const isConsumed = consumer !== undefined && shards.has(file.name)
      for (let piece = 0; piece < pieceCount(file.byteLength, pieceBytes); piece++) {
        const isNew = isConsumed && file.pieces.has(piece)
        if (!isNew && hash === undefined) continue
        if (!file.pieces.has(piece)) await this.#arrival(file, piece, signal)
        const end = piece * pieceBytes + pieceLength(file.byteLength, piece, pieceBytes)
        // By now it is in the store, and was hashed from memory or will not be.
        if (!isNew && hash !== undefined && hash.hashedBytes >= end) continue
        yield begin(this.#readPiece(file, piece, isNew, signal))
      }
    }
  }

  async *#readPiece(
    file: StoredFile,
    piece: number,
    isNew: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Stretch, void, void> {
    const { store, stored } = this.#request
    const { model, pieceBytes } = stored
    let byteOffset = piece * pieceBytes
    const end = byteOffset + pieceLength(file.byteLength, piece, pieceBytes)
    try {
      for await (const bytes of store.source(model).read(file.name, byteOffset, end, signal)) {
        yield { file, byteOffset, bytes, isNew }
        byteOffset += bytes.length
      }
    } catch (error) {
      if (isDamage(error)) await store.drop(model, [{ file: file.name, piece }])
      throw error
    }
  }

  /** Resolves when a piece that was not stored before has been passed on. */
  async #arrival(file: StoredFile, piece: number, signal: AbortSignal): Promise<void> {
    while (!this.#arrived.has(keyOf(file, piece))) {
      throwIfCancelled(signal)
      await new Promise<void>((resolve) => {
        this.#announce = resolve
      })
    }
  }

  async #consume(file: StoredFile, byteOffset: number, bytes: Uint8Array<ArrayBuffer>) {
    const { consumer, shards } = this.#request
    if (consumer === undefined || !shards.has(file.name)) return
    const turn = this.#consumed.then(() => consumer(file.name, byteOffset, bytes))
    this.#consumed = turn.catch(() => {})
    await turn
  }

  async #hash(file: StoredFile, bytes: Uint8Array<ArrayBuffer>) {
    const { store, stored, onHashed } = this.#request
    const published = this.#hashes.get(file.name)
    if (published === undefined) return
    await published.hash.update(bytes)
    published.hashedBytes += bytes.length
    onHashed(bytes.length)
    if (published.hashedBytes < file.byteLength) return
    const found = published.hash.digest()
    if (found === published.expected) return
    const count = pieceCount(file.byteLength, stored.pieceBytes)
    const pieces = new Set(Array.from({ length: count }, (_, piece) => piece))
    await store.drop(stored.model, piecesOf({ ...file, pieces }))
    throw fileInvalid(
      file.name,
      `has the SHA-256 ${found}, and ${published.expected} is published; it has been dropped`,
    )
  }
}

/** A file that is to have a published hash, as far as it has been hashed. */
interface PublishedHash {
  expected: string
  hash: FileHash
  hashedBytes: number
}

const drop = ({ bytes }: Stretch) => release(bytes)

/** Gives back what was begun of a piece that is not wanted any more, whether or not it could be read. */
async function dropPiece(stretches: AsyncIterable<Stretch>) {
  try {
    for await (const stretch of stretches) return drop(stretch)
  } catch {}
}

const keyOf = (file: StoredFile, piece: number) => `${piece} ${file.name}`

/** Whether a stored piece turned out to be unreadable, short or gone. */
function isDamage(error: unknown): boolean {
  if (!(error instanceof EngineError)) return false
  return error.data.code === 'file-invalid' || error.data.code === 'file-truncated'
}
