import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors'
import { createMemoryLocks } from '../testing/memory-locks'
import { failure } from '../testing/memory-source'
import { type Locks, unlessLocked, whileLocked } from './locks'

const busy = new EngineError({ code: 'model-busy', model: 'a' })

describe('unlessLocked', () => {
  it('runs the work where nobody holds the lock, and holds it meanwhile', async () => {
    const locks = createMemoryLocks()
    const inner = unlessLocked(locks, 'a', busy, async () => {
      expect(await failure(unlessLocked(locks, 'a', busy, async () => 1))).toEqual(busy.data)
      return unlessLocked(locks, 'b', busy, async () => 2)
    })
    expect(await inner).toBe(2)
    expect(await unlessLocked(locks, 'a', busy, async () => 3)).toBe(3)
  })

  it('is busy while another tab works under the lock, and passes its failures on', async () => {
    const locks = createMemoryLocks()
    const outer = whileLocked(locks, 'a', undefined, async () => {
      expect(await failure(unlessLocked(locks, 'a', busy, async () => 1))).toEqual(busy.data)
      throw new Error('broken')
    })
    await expect(outer).rejects.toThrow('broken')
  })

  it('is refused where the page may have no locks', async () => {
    const locks: Locks = {
      request: () => Promise.reject(new DOMException('an opaque origin', 'SecurityError')),
    }
    expect(await failure(unlessLocked(locks, 'a', busy, async () => 1))).toEqual({
      code: 'storage-refused',
      detail: 'SecurityError: an opaque origin',
    })
  })
})
