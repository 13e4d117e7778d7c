import { describe, expect, it } from 'vitest'
import { type AnswerLocks, asAnswer, noAnswerHeld } from './answer-locks'

/** The locks of one tab, where there is no browser. */
function memoryLocks(): AnswerLocks {
  const held = new Map<string, Promise<void>>()
  return {
    hold(id, until) {
      const release = () => void held.delete(id)
      held.set(id, until.then(release, release))
    },
    held: async () => new Set(held.keys()),
    released: async (id) => held.get(id),
  }
}

describe('what counts as an answer', () => {
  it('keeps what waits for all answers from going on, until it is over', async () => {
    const locks = memoryLocks()
    const order: string[] = []
    let finish = (_: number) => {}
    const done = asAnswer(locks, () => new Promise<number>((resolve) => (finish = resolve)))
    expect((await locks.held()).size).toBe(1)
    const idle = noAnswerHeld(locks).then(() => order.push('idle'))
    await Promise.all([locks.held(), locks.held()])
    order.push('over')
    finish(7)
    expect(await done).toBe(7)
    await idle
    expect(order).toEqual(['over', 'idle'])
  })

  it('lets go where it fails', async () => {
    const locks = memoryLocks()
    const lost = () => Promise.reject(new Error('lost'))
    await expect(asAnswer(locks, lost)).rejects.toThrow('lost')
    await noAnswerHeld(locks)
    expect((await locks.held()).size).toBe(0)
  })
})
