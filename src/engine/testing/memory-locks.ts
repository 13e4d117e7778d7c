import type { Locks } from '../weights/locks'

/** Locks as `navigator.locks` gives them to the tabs of a browser: first come, first served. */
export function createMemoryLocks(): Locks {
  const lastOf = new Map<string, Promise<unknown>>()
  const held = new Set<string>()
  return {
    async request<T>(
      name: string,
      { signal, ifAvailable }: { signal?: AbortSignal; ifAvailable?: true },
      work: (lock: object | null) => Promise<T>,
    ) {
      signal?.throwIfAborted()
      if (ifAvailable && held.has(name)) return work(null)
      const aborted = new Promise<never>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
      const before = lastOf.get(name) ?? Promise.resolve()
      let release = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      lastOf.set(
        name,
        before.then(() => released),
      )
      try {
        await Promise.race([before, aborted])
        held.add(name)
        try {
          return await work({ name })
        } finally {
          held.delete(name)
        }
      } finally {
        release()
      }
    },
  }
}
