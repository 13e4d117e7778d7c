import { EngineError } from '../errors'
import { throwIfCancelled } from './shard-source'

/** What is needed of `navigator.locks`. */
export interface Locks {
  /**
   * Runs `work` while nobody else holds the lock `name`; a tab that dies lets go of it.
   * @throws DOMException `SecurityError` where the page may have no locks
   */
  request<T>(name: string, options: { signal?: AbortSignal }, work: () => Promise<T>): Promise<T>
  /** With `ifAvailable`, `work` runs without the lock, which is null then, where another holds it. */
  request<T>(
    name: string,
    options: { ifAvailable: true },
    work: (lock: object | null) => Promise<T>,
  ): Promise<T>
}

/**
 * Runs `work` when no other tab runs any under the same name.
 * @throws EngineError `storage-refused` where the page may have no locks, `cancelled` while it
 *   waits; what `work` throws
 */
export async function whileLocked<T>(
  locks: Locks,
  name: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  let hasBegun = false
  try {
    return await locks.request(name, signal ? { signal } : {}, () => {
      hasBegun = true
      return work()
    })
  } catch (error) {
    if (hasBegun) throw error
    throwIfCancelled(signal)
    throw asRefusal(error)
  }
}

/**
 * Runs `work` at once, or not at all where another tab runs any under the same name.
 * @throws `busy` in that case; EngineError `storage-refused` where the page may have no locks; what
 *   `work` throws
 */
export async function unlessLocked<T>(
  locks: Locks,
  name: string,
  busy: EngineError,
  work: () => Promise<T>,
): Promise<T> {
  let hasBegun = false
  try {
    return await locks.request(name, { ifAvailable: true }, (lock) => {
      hasBegun = true
      if (lock === null) throw busy
      return work()
    })
  } catch (error) {
    throw hasBegun ? error : asRefusal(error)
  }
}

function asRefusal(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error
  return new EngineError({ code: 'storage-refused', detail: `${error.name}: ${error.message}` })
}
