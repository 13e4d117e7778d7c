import { EngineError } from '../errors'
import { type Checkpoint, openCheckpoint } from './checkpoint'
import { type Clock, systemClock } from './clock'
import { fillPieces } from './fill'
import { type Locks, whileLocked } from './locks'
import { readBytes, type ShardSource, throwIfCancelled } from './shard-source'
import type { ShardStore, StoredModel } from './shard-store'

export interface DownloadRequest {
  source: ShardSource
  store: ShardStore
  /** Name of the model in the store. */
  model: string
  /**
   * Runs when the small files and the shards' headers are known, before anything large is fetched
   * and before anything is kept. What it throws ends the download.
   */
  validate: (checkpoint: Checkpoint) => void | Promise<void>
  /** Counts bytes received, those of earlier attempts included. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined
  signal?: AbortSignal | undefined
  /** Measures throughput. */
  clock?: Pick<Clock, 'now'>
  /** Where other tabs may want the same model: one at a time then, and the others find it kept. */
  locks?: Locks | undefined
}

export interface DownloadProgress {
  done: number
  total: number
}

export interface Download {
  /** The checkpoint, to be read from the store. */
  checkpoint: Checkpoint
  /** True when the model was complete before, and the source was asked for nothing. */
  fromStorage: boolean
}

/**
 * Brings a checkpoint into the store and opens it there.
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
  return whileLocked(locks, `alcove-weights ${model}`, signal, () => downloadAlone(request))
}

async function downloadAlone(request: DownloadRequest): Promise<Download> {
  const { store, model, signal } = request
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
  if (opened.complete) return { checkpoint: opened.checkpoint, fromStorage: true }

  await fill(request, opened)
  await store.complete(model)
  return { checkpoint: await openCheckpoint(store.source(model), { signal }), fromStorage: false }
}

interface Opened {
  checkpoint: Checkpoint
  /** Yields each byte from the nearest place that has it. */
  source: ShardSource
  complete: boolean
}

async function open(
  { source, store, model, validate, signal }: DownloadRequest,
  stored: StoredModel | undefined,
): Promise<Opened> {
  if (stored?.completedAt !== undefined) {
    const checkpoint = await openCheckpoint(store.source(model), { signal })
    return { checkpoint, source: store.source(model), complete: true }
  }
  const nearest = rememberSmallFiles(
    stored === undefined ? source : preferStored(stored, store.source(model), source),
  )
  const checkpoint = await openCheckpoint(nearest, { signal })
  await validate(checkpoint)
  return { checkpoint, source: nearest, complete: false }
}

/** Fetches the pieces that the store lacks and commits them one by one. */
async function fill(
  { store, model, onProgress = () => {}, signal, clock = systemClock }: DownloadRequest,
  { checkpoint, source }: Opened,
): Promise<void> {
  const { files, pieceBytes, storedBytes, totalBytes } = await store.begin(model, checkpoint.files)
  let keptBytes = storedBytes
  try {
    await fillPieces({
      source,
      files,
      pieceBytes,
      onReceived: reportSteps(onProgress, { done: storedBytes, total: totalBytes }),
      async commit(file, piece, bytes) {
        await store.putPiece(model, file.name, piece, bytes)
        keptBytes += bytes.length
      },
      signal,
      clock,
    })
  } catch (error) {
    const code = error instanceof EngineError ? error.data.code : undefined
    // What cannot be kept as a whole only takes up room.
    if (code === 'storage-refused') await store.delete(model).catch(() => {})
    throw withNeeded(error, totalBytes - keptBytes)
  }
  onProgress({ done: totalBytes, total: totalBytes })
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

/** A source that fetches every file but the shards only once, so that it can be read, then kept. */
function rememberSmallFiles(source: ShardSource): ShardSource {
  const remembered = new Map<string, Uint8Array<ArrayBuffer>>()
  return {
    ...source,
    async *read(file, begin, end, signal) {
      if (file.endsWith('.safetensors')) {
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
function reportSteps(
  onProgress: (progress: DownloadProgress) => void,
  { done, total }: DownloadProgress,
): (receivedBytes: number) => void {
  const stepBytes = Math.min(total / 100, 4 * 1024 * 1024)
  let reported = done
  onProgress({ done, total })
  return (receivedBytes) => {
    done += receivedBytes
    if (done - reported < stepBytes) return
    reported = done
    onProgress({ done, total })
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

/** Where storage is full, says what the whole of the model still needs, not this one piece. */
function withNeeded(error: unknown, neededBytes: number): unknown {
  if (!(error instanceof EngineError) || error.data.code !== 'storage-full') return error
  return new EngineError({ ...error.data, neededBytes })
}
