import type { Locks } from '../weights/locks'

/** Locks as `navigator.locks` gives them to the tabs of a browser: first come, first served. */
export function createMemoryLocks(): Locks {
  const lastOf = new Map<string, Promise<unknown>>()
  return {
    async request<T>(name: string, { signal }: { signal?: AbortSignal }, work: () => Promise<T>) {
      signal?.throwIfAborted()
      const aborted = new Promise<never>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
      const before = lastOf.get(name) ?? Promise.resolve()
      let release = () => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      lastOf.set(
        name,
        before.then(() => held),
      )
      try {
        await Promise.race([before, aborted])
        return await work()
      } finally {
        release()
      }
    },
  }
}
