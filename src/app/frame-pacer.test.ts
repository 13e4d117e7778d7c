import { expect, it } from 'vitest'
import { createFramePacer } from './frame-pacer'

/** Draws without end for some seconds, each picture taking `costMs`; tells how many a second came. */
function picturesPerSecond(costMs: (picture: number) => number, processors = 2): number {
  let time = 0
  let pictures = 0
  const pending: { at: number; callback: () => void }[] = []
  const nextFrame = createFramePacer({
    processors,
    now: () => time,
    setTimer: (ms, callback) => pending.push({ at: time + ms, callback }),
    beforePaint: (callback) => pending.push({ at: Math.ceil((time + 1) / 16) * 16, callback }),
    afterPaint: (callback) => pending.push({ at: time, callback }),
  })
  const draw = () => {
    time += costMs(pictures++)
    nextFrame(draw)
  }
  nextFrame(draw)
  for (let next = pending.shift(); next && next.at < 10_000; next = pending.shift()) {
    time = Math.max(time, next.at)
    next.callback()
    pending.sort((a, b) => a.at - b.at)
  }
  return pictures / 10
}

it('draws some thirty pictures a second where they cost little', () => {
  expect(picturesPerSecond(() => 0.4)).toBeGreaterThan(25)
})

it('takes no more than a share of the time where they cost more', () => {
  const rate = picturesPerSecond(() => 4)
  expect(rate * 4).toBeLessThan(0.025 * 1000)
  expect(rate * 4).toBeGreaterThan(0.015 * 1000)
  expect(picturesPerSecond(() => 4, 8)).toBeGreaterThan(2 * rate)
})

it('never seems to stand still, and forgets a slow picture soon', () => {
  expect(picturesPerSecond(() => 100)).toBeGreaterThan(3)
  expect(picturesPerSecond((picture) => (picture === 0 ? 500 : 0.4))).toBeGreaterThan(24)
})
