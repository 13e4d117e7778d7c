import { type Clock, systemClock } from '../weights/clock'

export interface TestClock extends Clock {
  /** Every sleep so far, in milliseconds. */
  sleeps: number[]
  /** Rings every timer that is set, as if their time had come. */
  ringTimers(): void
}

/** A clock on which nobody waits: sleeps end at once and move it on, timers ring when told to. */
export function createTestClock(): TestClock {
  let nowMs = 0
  const sleeps: number[] = []
  const timers = new Set<() => void>()
  return {
    sleeps,
    now: () => nowMs,
    async sleep(ms, signal) {
      sleeps.push(ms)
      nowMs += ms
      await systemClock.sleep(0, signal)
    },
    setTimer(_ms, ring) {
      timers.add(ring)
      return () => timers.delete(ring)
    },
    ringTimers() {
      for (const ring of timers) ring()
    },
  }
}
