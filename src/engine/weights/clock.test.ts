import { describe, expect, it } from 'vitest'
import { failure } from '../testing/memory-source'
import { systemClock } from './clock'

const HOUR_MS = 3_600_000

describe('systemClock', () => {
  it('wakes a sleeper up when the time has come', async () => {
    const begin = systemClock.now()
    await systemClock.sleep(5, new AbortController().signal)
    expect(systemClock.now() - begin).toBeGreaterThan(3)
  })

  it('does not let a cancelled sleeper wait', async () => {
    const cancelled = { code: 'cancelled' }
    expect(await failure(systemClock.sleep(HOUR_MS, AbortSignal.abort()))).toEqual(cancelled)
    const controller = new AbortController()
    const asleep = systemClock.sleep(HOUR_MS, controller.signal)
    controller.abort()
    expect(await failure(asleep)).toEqual(cancelled)
  })

  it('rings a timer, and none that was stopped', async () => {
    const rung: string[] = []
    systemClock.setTimer(0, () => rung.push('stopped'))()
    await new Promise<void>((resolve) => {
      systemClock.setTimer(1, () => {
        rung.push('rung')
        resolve()
      })
    })
    expect(rung).toEqual(['rung'])
  })
})
