import { EngineError } from '../errors'

/** The passing of time, handed in so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number

  /**
   * Resolves after `ms` milliseconds.
   * @throws EngineError `cancelled` as soon as `signal` is aborted
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>

  /** Calls `ring` after `ms` milliseconds, unless the returned function is called before. */
  setTimer(ms: number, ring: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),

  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      const cancel = () => {
        clearTimeout(timer)
        reject(new EngineError({ code: 'cancelled' }))
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', cancel)
        resolve()
      }, ms)
      if (signal?.aborted) cancel()
      else signal?.addEventListener('abort', cancel, { once: true })
    })
  },

  setTimer(ms, ring) {
    const timer = setTimeout(ring, ms)
    return () => clearTimeout(timer)
  },
}
