import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createThrottle } from './throttle'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('takes the first value at once and then the newest, and none after it is cancelled', () => {
  const taken: number[] = []
  const throttle = createThrottle<number>(100, (value) => taken.push(value))
  throttle(1)
  throttle(2)
  throttle(3)
  expect(taken).toEqual([1])
  vi.advanceTimersByTime(100)
  expect(taken).toEqual([1, 3])
  vi.advanceTimersByTime(500)
  throttle(4)
  expect(taken).toEqual([1, 3, 4])
  throttle(5)
  throttle.cancel()
  vi.advanceTimersByTime(500)
  expect(taken).toEqual([1, 3, 4])
})
