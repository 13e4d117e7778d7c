import { EngineError } from '../errors'
import { type Checkpoint, openCheckpoint } from './checkpoint'
import { type Clock, systemClock } from './clock'
import type { Consumer } from './feed'
import { fileInvalid } from './file-content'
import { fillPieces } from './fill'
import type { Hub, Publication } from './hub'
import { Intake } from './intake'
import { type Locks, whileLocked } from './locks'
import { readBytes, type ShardSource, throwIfCancelled } from './shard-source'
import { isWeightFile, type ShardStore, type StoredModel } from './shard-store'

/** How often a waiting tab looks how far the other one is. */
const LOOK_MS = 500

export interface DownloadRequest {
  source: ShardSource
  /**
   * Knows the commit that the source's revision stands for, and what its files should hash to; the
   * files are fetched by that commit then. Absent where the source is no hub.
   */
  hub?: Hub | undefined
  /** The GGUF file to open, see `openCheckpoint`; absent for the Hugging Face layout. */
  gguf?: string | undefined
  store: ShardStore
  /** Name of the model in the store. */
  model: string
  /**
   * Runs when the small files and the shards' headers are known, before anything large is fetched
   * and before anything is kept. What it throws ends the download.
   */
  validate: (checkpoint: Checkpoint) => void | Promise<void>
  /**
   * Runs once, when the checkpoint that `consumer` will get is settled on, and before its first byte.
   * What it throws ends the download; what is kept already stays.
   */
  prepare?: ((checkpoint: Checkpoint) => Promise<void>) | undefined
  /**
   * Gets every byte of every file that holds tensors, once: pieces that are fetched from memory as
   * soon as they are committed, those that were stored from there. Its failure ends the download;
   * what is committed is kept.
   */
  consumer?: Consumer | undefined
  onProgress?: ((progress: DownloadProgress) => void) | undefined
  signal?: AbortSignal | undefined
  clock?: Clock
  /** Where other tabs may want the same model: one at a time then, and the others find it kept. */
  locks?: Locks | undefined
}

export interface DownloadProgress {
  /** Bytes received, those of earlier attempts included. */
  download: Count
  /** Bytes hashed, of the files whose hash is published; 0 of 0 where none is. */
  verify: Count
  /** Another tab downloads this model; the figures are that tab's. */
  obstacle?: { kind: 'other-tab' }
}

interface Count {
  done: number
  total: number
}

export interface Download {
  /** True when the model was complete before, and the source was asked for nothing. */
  fromStorage: boolean
}

/**
 * Brings a checkpoint into the store.
 *
 * Pieces that are kept already are not fetched again. A failure on the way keeps the pieces that
 * are whole, for the next attempt; a model that turns out to be wrong leaves nothing behind.
 * Where the store refuses (`storage-refused`), a caller can open the source itself and go without.
 * @throws EngineError what the source, the store, `openCheckpoint` and `validate` throw
 */
export async function downloadCheckpoint(request: DownloadRequest): Promise<Download> {
  const { model, locks, signal } = request
  throwIfCancelled(signal)
  if (locks === undefined) return downloadAlone(request)
  const granted = new AbortController()
  const watching = watchOtherTab(request, granted.signal)
  try {
    return await whileLocked(locks, downloadLock(model), signal, async () => {
      granted.abort()
      await watching
      return downloadAlone(request)
    })
  } finally {
    granted.abort()
  }
}

/** The lock that is held while a model's files in the store are being changed. */
export function downloadLock(model: string): string {
  return `alcove-weights ${model}`
}

/** Reports how far another tab is with the same model, until this one is `granted` its turn. */
async function watchOtherTab(
  { store, model, onProgress = () => {}, clock = systemClock }: DownloadRequest,
  granted: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(LOOK_MS, granted)
      const stored = await store.find(model)
      throwIfCancelled(granted)
      onProgress({
        download: { done: stored?.storedBytes ?? 0, total: stored?.totalBytes ?? 0 },
        verify: { done: 0, total: 0 },
        obstacle: { kind: 'other-tab' },
      })
    }
  } catch (error) {
    // It is this tab's turn; what is wrong with the store, the download itself finds out.
    if (!(error instanceof EngineError)) throw error
  }
}

async function downloadAlone(request: DownloadRequest): Promise<Download> {
  const { store, model } = request
  const stored = await store.find(model)
  let opened: Opened
  try {
    opened = await open(request, stored)
  } catch (error) {
    if (stored === undefined || !isAboutContent(error)) throw error
    // What is kept may be damaged, or of another revision than the server has by now.
    opened = await open(request, undefined)
    await store.delete(model)
  }
  await request.prepare?.(opened.checkpoint)
  const shards = shardsOf(opened.checkpoint)
  if (opened.complete !== undefined) {
    await passOnComplete(request, opened.complete, shards)
    return { fromStorage: true }
  }
  await fill(request, opened, shards)
  await store.complete(model)
  return { fromStorage: false }
}

/**
 * What is read ahead of a model that needs no download, 176 MiB and the first 16 of the next piece: a GPU that is
 * busy finding memory for a large buffer takes nothing for most of a second, and reading should go on.
 */
const STRETCHES_AHEAD = 11

interface Opened {
  checkpoint: Checkpoint
  /** Yields each byte from the nearest place that has it. */
  source: ShardSource
  publication: Publication | undefined
  /** Of the model, in the store by now. */
  storedBytes: number
  /** The model in the store, if it is complete there. */
  complete: StoredModel | undefined
}

async function open(
  { source, hub, gguf, store, model, validate, signal }: DownloadRequest,
  stored: StoredModel | undefined,
): Promise<Opened> {
  if (stored?.completedAt !== undefined) {
    const kept = store.source(model)
    const checkpoint = await openCheckpoint(kept, { gguf, signal })
    const { publication, storedBytes } = stored
    return { checkpoint, source: kept, publication, storedBytes, complete: stored }
  }
  // What was begun goes on with the commit it was begun with, whatever its branch is at by now.
  const publication = stored?.publication ?? (await hub?.publication(signal))
  const network = (publication && hub?.sourceOf(publication)) ?? source
  const nearest = rememberSmallFiles(
    stored === undefined ? network : preferStored(stored, store.source(model), network),
  )
  const checkpoint = await openCheckpoint(nearest, { gguf, signal })
  comparePublished(publication, checkpoint)
  await validate(checkpoint)
  const storedBytes = stored?.storedBytes ?? 0
  return { checkpoint, source: nearest, publication, storedBytes, complete: undefined }
}

/** @throws EngineError `file-invalid` for a file of another length than is published */
function comparePublished(publication: Publication | undefined, { files }: Checkpoint): void {
  const published = new Map(publication?.files.map((file) => [file.name, file.byteLength]))
  for (const { name, byteLength } of files) {
    const expected = published.get(name)
    if (expected === undefined || expected === byteLength) continue
    throw fileInvalid(name, `has ${byteLength} bytes, and ${expected} are published`)
  }
}

/** Names of the files that hold tensors. */
function shardsOf({ tensors }: Checkpoint): ReadonlySet<string> {
  return new Set(Array.from(tensors.names(), (name) => tensors.get(name).file))
}

/** Gives the consumer a model that needs no download. */
async function passOnComplete(
  { store, consumer, onProgress = () => {}, signal }: DownloadRequest,
  stored: StoredModel,
  shards: ReadonlySet<string>,
): Promise<void> {
  const { totalBytes } = stored
  const verify = { done: 0, total: 0 }
  onProgress({ download: { done: totalBytes, total: totalBytes }, verify })
  if (consumer === undefined) return
  const intake = await Intake.open({
    store,
    stored,
    consumer,
    shards,
    hasToVerify: false,
    stretchesAhead: STRETCHES_AHEAD,
    onHashed: () => {},
  })
  await intake.passOnStored(signal)
}

/** Fetches the pieces that the store lacks, commits them one by one, and passes all bytes on. */
async function fill(
  { store, model, consumer, onProgress = () => {}, signal, clock }: DownloadRequest,
  { checkpoint, source, publication, storedBytes: keptBefore }: Opened,
  shards: ReadonlySet<string>,
): Promise<void> {
  const stored = await store.begin(model, checkpoint.files, publication).catch((error) => {
    const totalBytes = checkpoint.files.reduce((sum, { byteLength }) => sum + byteLength, 0)
    throw storageError(error, { keptBytes: keptBefore, totalBytes })
  })
  const { files, pieceBytes, storedBytes, totalBytes } = stored
  const intake = await Intake.open({
    store,
    stored,
    consumer,
    shards,
    hasToVerify: true,
    stretchesAhead: 1,
    onHashed: (bytes) => progress.add('verify', bytes),
  })
  const progress = new StepwiseProgress(onProgress, {
    download: { done: storedBytes, total: totalBytes },
    verify: { done: 0, total: intake.bytesToHash },
  })

  let keptBytes = storedBytes
  const failures: unknown[] = []
  const stop = new AbortController()
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  const stopAtFailure = (work: Promise<void>) =>
    work.catch((error) => {
      failures.push(error)
      stop.abort()
    })
  const fetching = fillPieces({
    source,
    files,
    pieceBytes,
    onReceived: (bytes) => progress.add('download', bytes),
    async commit(file, piece, bytes) {
      await store.putPiece(model, file.name, piece, bytes)
      keptBytes += bytes.length
      await intake.passOn(file, piece, bytes)
    },
    signal: either,
    ...(clock && { clock }),
  })
  await Promise.all([fetching, intake.passOnStored(either)].map(stopAtFailure))

  if (failures.length > 0) {
    const error = storageError(failures[0], { keptBytes, totalBytes })
    // What cannot be kept as a whole only takes up room.
    if (error instanceof EngineError && error.data.code === 'storage-refused') {
      await store.delete(model).catch(() => {})
    }
    throw error
  }
  progress.report()
}

/** A source that asks the network only for what the pieces at rest do not have. */
function preferStored(stored: StoredModel, kept: ShardSource, network: ShardSource): ShardSource {
  const { pieceBytes } = stored
  const files = new Map(stored.files.map((file) => [file.name, file]))
  const sourceOf = (name: string, begin: number, end: number) => {
    const file = files.get(name)
    if (file === undefined) return network
    for (let piece = Math.floor(begin / pieceBytes); piece * pieceBytes < end; piece++) {
      if (!file.pieces.has(piece)) return network
    }
    return kept
  }
  return {
    ...network,
    // Of a file that is partly kept, the server says whether it still has that length.
    byteLength: (name, signal) =>
      sourceOf(name, 0, files.get(name)?.byteLength ?? 0).byteLength(name, signal),
    read: (name, begin, end, signal) => sourceOf(name, begin, end).read(name, begin, end, signal),
  }
}

/** A source that fetches every file but the weights only once, so that it can be read, then kept. */
function rememberSmallFiles(source: ShardSource): ShardSource {
  const remembered = new Map<string, Uint8Array<ArrayBuffer>>()
  return {
    ...source,
    async *read(file, begin, end, signal) {
      if (isWeightFile(file)) {
        yield* source.read(file, begin, end, signal)
        return
      }
      const bytes =
        remembered.get(file) ??
        (await readBytes(source, file, 0, await source.byteLength(file, signal), signal))
      remembered.set(file, bytes)
      yield bytes.subarray(begin, end)
    },
  }
}

/** Reports each percent, or each 4 MiB where that is less: smooth to look at, cheap to send. */
class StepwiseProgress {
  readonly #onProgress: (progress: DownloadProgress) => void
  readonly #download: Count
  readonly #verify: Count
  readonly #stepBytes: number
  #sinceReport = 0

  constructor(
    onProgress: (progress: DownloadProgress) => void,
    { download, verify }: DownloadProgress,
  ) {
    this.#onProgress = onProgress
    this.#download = download
    this.#verify = verify
    this.#stepBytes = Math.min(download.total / 100, 4 * 1024 * 1024)
    this.report()
  }

  add(phase: 'download' | 'verify', bytes: number) {
    const count = phase === 'download' ? this.#download : this.#verify
    count.done += bytes
    this.#sinceReport += bytes
    if (this.#sinceReport >= this.#stepBytes) this.report()
  }

  report() {
    this.#sinceReport = 0
    this.#onProgress({ download: { ...this.#download }, verify: { ...this.#verify } })
  }
}

function isAboutContent(error: unknown): boolean {
  return (
    error instanceof EngineError &&
    ['file-missing', 'file-truncated', 'file-invalid', 'model-unsupported'].includes(
      error.data.code,
    )
  )
}

/**
 * What a failure of storage means for the whole model: where it is full, what is still needed, not for
 * one piece alone; where it has failed and never kept anything of it, that it keeps nothing at all.
 */
function storageError(
  error: unknown,
  { keptBytes, totalBytes }: { keptBytes: number; totalBytes: number },
): unknown {
  if (!(error instanceof EngineError)) return error
  const { data } = error
  if (data.code === 'storage-full') {
    return new EngineError({ ...data, neededBytes: totalBytes - keptBytes })
  }
  if (data.code === 'storage-failed' && keptBytes === 0) {
    return new EngineError({ ...data, code: 'storage-refused' })
  }
  return error
}
