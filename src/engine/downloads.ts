import type { LoadProgress, ProgressOptions } from './api'
import { deferred, unlessAborted } from './turns'

/** What a download has to report; the rest of a load's progress is not its business. */
export type DownloadProgress = Pick<LoadProgress, 'download' | 'verify' | 'obstacle'>

/** The downloads of one engine: different models side by side, the same model one at a time. */
export interface Downloads {
  /**
   * Runs `work`, which downloads `model` or reads it from storage. While another does so already,
   * this one hears of that one's progress; when it has ended, `work` finds there what it has left.
   * @throws EngineError `cancelled` while it waits; what `work` throws
   */
  run<T>(
    model: string,
    options: ProgressOptions<DownloadProgress>,
    work: (onProgress: (progress: DownloadProgress) => void) => Promise<T>,
  ): Promise<T>
  /** Whether somebody downloads or reads this model. */
  isRunning(model: string): boolean
}

interface Running {
  /** What was reported last. */
  progress: DownloadProgress | undefined
  watchers: Set<(progress: DownloadProgress) => void>
  ended: Promise<void>
}

export function createDownloads(): Downloads {
  const running = new Map<string, Running>()

  async function watch(
    first: Running,
    { onProgress = () => {}, signal }: ProgressOptions<DownloadProgress>,
  ) {
    const watcher = (progress: DownloadProgress) => onProgress(progress)
    first.watchers.add(watcher)
    if (first.progress) onProgress(first.progress)
    try {
      await unlessAborted(first.ended, signal)
    } finally {
      first.watchers.delete(watcher)
    }
  }

  return {
    isRunning: (model) => running.has(model),

    async run(model, options, work) {
      for (let first = running.get(model); first; first = running.get(model)) {
        await watch(first, options)
      }
      const { promise: ended, resolve: end } = deferred<void>()
      const mine: Running = { progress: undefined, watchers: new Set(), ended }
      running.set(model, mine)
      try {
        return await work((progress) => {
          mine.progress = progress
          options.onProgress?.(progress)
          for (const watcher of mine.watchers) watcher(progress)
        })
      } finally {
        running.delete(model)
        end()
      }
    },
  }
}
