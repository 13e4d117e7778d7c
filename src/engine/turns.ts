import { EngineError } from './errors'

/** Lets one at a time do something, in the order in which they ask. */
export interface Turns {
  /**
   * Waits for the turns taken before, then runs `work`; the next begins when it ends.
   * @throws EngineError `cancelled` at once when `signal` is aborted before `work` has begun; what
   *   `work` throws
   */
  run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>
  /**
   * The same for work that is not one function: resolves to the function that ends the turn.
   * @throws EngineError `cancelled`
   */
  take(signal: AbortSignal | undefined): Promise<() => void>
}

export function createTurns(): Turns {
  /** Settles when whoever has asked so far is done. */
  let last: Promise<unknown> = Promise.resolve()

  async function take(signal: AbortSignal | undefined) {
    const before = last
    const { promise: done, resolve: end } = deferred<void>()
    last = before.then(() => done)
    try {
      await unlessAborted(before, signal)
    } catch (error) {
      end()
      throw error
    }
    return end
  }

  return {
    take,
    async run(signal, work) {
      const end = await take(signal)
      try {
        return await work()
      } finally {
        end()
      }
    },
  }
}

/**
 * What `work` resolves to, for work that cannot be stopped: when `signal` is aborted nobody waits
 * for it any longer, whatever it still does.
 * @throws EngineError `cancelled`
 */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return work
  const { promise: aborted, reject } = deferred<never>()
  const abort = () => reject(new EngineError({ code: 'cancelled' }))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  // Whoever loses the race has failed for nobody.
  work.catch(() => {})
  try {
    return await Promise.race([aborted, work])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** A promise together with what settles it (`Promise.withResolvers`, which is not everywhere yet). */
export function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((...settlers) => {
    ;[resolve, reject] = settlers
  })
  return { promise, resolve, reject }
}
