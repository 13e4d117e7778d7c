import { EngineError } from '../errors'
import { throwIfCancelled } from './shard-source'

/** What is needed of `navigator.locks`. */
export interface Locks {
  /**
   * Runs `work` while nobody else holds the lock `name`; a tab that dies lets go of it.
   * @throws DOMException `SecurityError` where the page may have no locks
   */
  request<T>(name: string, options: { signal?: AbortSignal }, work: () => Promise<T>): Promise<T>
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
    if (!(error instanceof DOMException)) throw error
    throw new EngineError({ code: 'storage-refused', detail: `${error.name}: ${error.message}` })
  }
}
