import type { ModelSource, ProgressOptions } from './api'
import { createDownloads, type DownloadProgress } from './downloads'
import { EngineError, type EngineErrorData } from './errors'
import { splitModelAddress } from './model-address'
import { type Checkpoint, findGguf, openCheckpoint } from './weights/checkpoint'
import { downloadCheckpoint, downloadLock } from './weights/download'
import { type Consumer, feedSource } from './weights/feed'
import { createFileSource } from './weights/file-source'
import { createHttpSource } from './weights/http-source'
import { createHub } from './weights/hub'
import { type Locks, unlessLocked } from './weights/locks'
import type { Retry, RetryOptions } from './weights/retry'
import type { ShardSource } from './weights/shard-source'
import type { ShardStore } from './weights/shard-store'

/** Who wants a model's bytes. */
export interface Receiver {
  /**
   * Looks at the small files and the headers before anything is kept; what it throws ends the matter.
   * It may be asked again, about the same model from a better place.
   */
  validate(checkpoint: Checkpoint): void
  /**
   * Makes ready for the bytes of a checkpoint that is sound; called again when all of them are to
   * come once more.
   */
  prepare(checkpoint: Checkpoint): Promise<Consumer>
}

/** The files of models, wherever they are: picked by the user, in storage, on a server. */
export interface ModelFiles {
  /**
   * A model's small files and headers, from the nearest place that has them all. Where the model is a
   * hub's repository that holds one GGUF in place of them, it is that one, and goes by its address.
   * @throws EngineError what `openCheckpoint` and the source throw; `request-invalid` where several
   *   GGUFs lie there
   */
  open(
    source: ModelSource,
    signal: AbortSignal | undefined,
  ): Promise<{ model: string; checkpoint: Checkpoint }>

  /**
   * Gives a receiver every byte of a model's weights. What is not in storage is downloaded into it;
   * where nothing can be kept, the bytes come from the server and leave no trace.
   * @throws EngineError what the source, the store and the receiver throw
   */
  read(
    source: ModelSource,
    receiver: Receiver,
    options: ProgressOptions<DownloadProgress>,
  ): Promise<{ fromStorage: boolean; isStored: boolean }>

  /**
   * Brings a model into storage; without `prepare`, nobody but storage wants its bytes.
   * @throws EngineError as `read`, and `storage-refused`
   */
  download(
    model: string,
    receiver: Pick<Receiver, 'validate'> & Partial<Receiver>,
    options: ProgressOptions<DownloadProgress>,
  ): Promise<{ fromStorage: boolean }>

  /**
   * Runs `work`, which changes what is stored of a model, unless somebody else does so.
   * @throws EngineError `model-busy`; what `work` throws
   */
  change<T>(model: string, work: (store: ShardStore) => Promise<T>): Promise<T>
}

export function createModelFiles({
  fetch,
  openStore,
  locks,
}: {
  fetch: typeof globalThis.fetch
  openStore: () => Promise<ShardStore>
  locks?: Locks | undefined
}): ModelFiles {
  const downloads = createDownloads()

  function remote(model: string, options: RetryOptions = {}) {
    const { folder, gguf } = splitModelAddress(model)
    return {
      source: createHttpSource(folder, fetch, options),
      hub: createHub(folder, fetch, options),
      gguf,
    }
  }

  async function nearest({ model, files }: ModelSource): Promise<Place> {
    if (files) return picked(files)
    const { source, gguf } = remote(model)
    // A look keeps nothing, so it can do without storage that fails as well.
    const stored = await storedSource(model).catch(unless('storage-refused', 'storage-failed'))
    return { source: stored ?? source, gguf }
  }

  /** Address of the only GGUF in a hub's repository; undefined where none is known. */
  async function findGgufOf(model: string, signal: AbortSignal | undefined) {
    const publication = await remote(model).hub?.publication(signal)
    const gguf = findGguf((publication?.files ?? []).map(({ name }) => name))
    const path = gguf?.split('/').map(encodeURIComponent).join('/')
    return path && `${model.replace(/\/+$/, '')}/${path}`
  }

  /** A model in storage; undefined while it is not complete there. */
  async function storedSource(model: string): Promise<ShardSource | undefined> {
    const store = await openStore()
    const isComplete = (await store.find(model))?.completedAt !== undefined
    return isComplete ? store.source(model) : undefined
  }

  const download: ModelFiles['download'] = (model, { validate, prepare }, options) =>
    downloads.run(model, options, async (onProgress) => {
      const { report, onRetry } = withRetries(onProgress)
      let consumer: Consumer | undefined
      return downloadCheckpoint({
        ...remote(model, { onRetry }),
        store: await openStore(),
        model,
        validate,
        ...(prepare && {
          prepare: async (checkpoint) => {
            consumer = await prepare(checkpoint)
          },
          consumer: (...stretch) => (consumer as Consumer)(...stretch),
        }),
        onProgress: report,
        signal: options.signal,
        locks,
      })
    })

  /** Reads a model past storage. */
  async function readFrom(
    { source, gguf }: Place,
    { validate, prepare }: Receiver,
    { onProgress = () => {}, signal }: ProgressOptions<DownloadProgress>,
  ) {
    const checkpoint = await openCheckpoint(source, { gguf, signal })
    validate(checkpoint)
    const shards = new Set(
      [...checkpoint.tensors.names()].map((name) => checkpoint.tensors.get(name).file),
    )
    const files = checkpoint.files.filter(({ name }) => shards.has(name))
    const total = files.reduce((sum, { byteLength }) => sum + byteLength, 0)
    let done = 0
    await feedSource(source, files, await prepare(checkpoint), {
      onRead(bytes) {
        done += bytes
        onProgress({ ...nothingYet, download: { done, total } })
      },
      signal,
    })
    return { fromStorage: false, isStored: false }
  }

  return {
    async open(request, signal) {
      const { model, files } = request
      const { source, gguf } = await nearest(request)
      // Where files were picked, or one was named, no other is meant.
      const isAnyMeant = files === undefined && gguf === undefined
      try {
        return { model, checkpoint: await openCheckpoint(source, { gguf, signal }) }
      } catch (error) {
        unless('file-missing')(error)
        const other = isAnyMeant ? await findGgufOf(model, signal) : undefined
        if (other === undefined) throw error
        const { source, gguf } = remote(other)
        return { model: other, checkpoint: await openCheckpoint(source, { gguf, signal }) }
      }
    },

    async read(request, receiver, options) {
      const { model, files } = request
      // Read in place, without a download to report.
      if (files) return readFrom(picked(files), receiver, { signal: options.signal })
      try {
        const { fromStorage } = await download(model, receiver, options)
        return { fromStorage, isStored: true }
      } catch (error) {
        unless('storage-refused')(error)
        const { report, onRetry } = withRetries(options.onProgress)
        const { signal } = options
        return readFrom(remote(model, { onRetry }), receiver, { signal, onProgress: report })
      }
    },

    download,

    async change(model, work) {
      const store = await openStore()
      const busy = new EngineError({ code: 'model-busy', model })
      if (downloads.isRunning(model)) throw busy
      return downloads.run(model, {}, () =>
        locks ? unlessLocked(locks, downloadLock(model), busy, () => work(store)) : work(store),
      )
    },
  }
}

/** Where a checkpoint is read from, and which file of it is the model where it is a GGUF. */
interface Place {
  source: ShardSource
  gguf: string | undefined
}

const nothingYet: DownloadProgress = {
  download: { done: 0, total: 0 },
  verify: { done: 0, total: 0 },
}

/** Adds to what is reported last whatever is tried again; the next report ends that. */
function withRetries(onProgress: (progress: DownloadProgress) => void = () => {}) {
  let progress = nothingYet
  return {
    report(next: DownloadProgress) {
      progress = next
      onProgress(next)
    },
    onRetry: (retry: Retry) => onProgress({ ...progress, obstacle: { kind: 'retry', ...retry } }),
  }
}

function picked(files: readonly File[]): Place {
  const source = createFileSource(files)
  return { source, gguf: findGguf(source.names) }
}

/** Throws what is caught on, unless it is an EngineError with one of these codes. */
const unless =
  (...codes: readonly EngineErrorData['code'][]) =>
  (error: unknown): undefined => {
    if (!(error instanceof EngineError) || !codes.includes(error.data.code)) throw error
  }
