import { describe, expect, it } from 'vitest'
import { failure } from './testing/memory-source'
import { createTurns, deferred, unlessAborted } from './turns'

describe('turns', () => {
  it('are taken one at a time, in the order of asking', async () => {
    const turns = createTurns()
    const events: string[] = []
    const work = (name: string, ticks: number) =>
      turns.run(undefined, async () => {
        events.push(`${name} begins`)
        for (let i = 0; i < ticks; i++) await Promise.resolve()
        events.push(`${name} ends`)
        return name
      })
    expect(await Promise.all([work('a', 9), work('b', 0), work('c', 3)])).toEqual(['a', 'b', 'c'])
    expect(events).toEqual([
      ...['a begins', 'a ends'],
      ...['b begins', 'b ends'],
      ...['c begins', 'c ends'],
    ])
  })

  it('come round after work that failed', async () => {
    const turns = createTurns()
    const failing = turns.run(undefined, () => Promise.reject(new Error('broken')))
    await expect(failing).rejects.toThrow('broken')
    expect(await turns.run(undefined, async () => 7)).toBe(7)
  })

  it('are given up at once by who is aborted while waiting; the others keep their order', async () => {
    const turns = createTurns()
    const endFirst = await turns.take(undefined)
    const controller = new AbortController()
    const second = turns.take(controller.signal)
    let isThird = false
    const third = turns.take(undefined).then((end) => {
      isThird = true
      return end
    })
    controller.abort()
    expect(await failure(second)).toEqual({ code: 'cancelled' })
    expect(isThird).toBe(false)
    endFirst()
    const endThird = await third
    endThird()
  })

  it('do not begin for who was aborted before', async () => {
    const turns = createTurns()
    let hasBegun = false
    const work = turns.run(AbortSignal.abort(), async () => {
      hasBegun = true
    })
    expect(await failure(work)).toEqual({ code: 'cancelled' })
    expect(hasBegun).toBe(false)
    expect(await turns.run(undefined, async () => 7)).toBe(7)
  })
})

describe('unlessAborted', () => {
  it('waits for the work, whatever it comes to', async () => {
    const { signal } = new AbortController()
    expect(await unlessAborted(Promise.resolve(7), signal)).toBe(7)
    await expect(unlessAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow(
      'broken',
    )
  })

  it('waits no longer when the signal is aborted, and drops a failure that comes then', async () => {
    const controller = new AbortController()
    const { promise, reject } = deferred<never>()
    const waiting = unlessAborted(promise, controller.signal)
    controller.abort()
    expect(await failure(waiting)).toEqual({ code: 'cancelled' })
    reject(new Error('too late to matter'))
  })
})
