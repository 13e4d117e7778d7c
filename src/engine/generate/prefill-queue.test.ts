import { describe, expect, it } from 'vitest'
import { createPrefillPace, maxSubmissionMs } from './prefill-pace'
import { PrefillQueue } from './prefill-queue'

const layers = 24
/** What the dispatches of a layer take for so many tokens, in milliseconds, and what they are called. */
const layerCosts = (rows: number) => [
  0.2 + 0.03 * rows,
  0.1 + 0.02 * rows,
  33 + 0.07 * rows,
  17 + 0.03 * rows,
]
const dispatches = Array.from({ length: 4 * layers }, (_, i) => i % 4)

/**
 * A device that is `slowness` times as slow as `layerCosts`, works through submissions in order, and whose host
 * is told 3 ms after each that it has ended, or later while it is busy.
 */
class Device {
  slowness: number
  nowMs = 0
  /** Until when the host hears nothing. */
  busyUntilMs = 0
  freeMs = 0
  idleMs = 0
  readonly submissions: { ms: number; underWayMs: number }[] = []
  #waiting: { seenMs: number; resolve: () => void }[] = []

  constructor(slowness: number) {
    this.slowness = slowness
  }

  now = () => this.nowMs

  submit = (part: readonly number[], { rows }: { rows: number }) => {
    const costs = layerCosts(rows)
    const ms = part.reduce((sum, kind) => sum + this.slowness * (costs[kind] as number), 0)
    if (this.submissions.length > 0) this.idleMs += Math.max(0, this.nowMs - this.freeMs)
    this.freeMs = Math.max(this.freeMs, this.nowMs) + ms
    this.submissions.push({ ms, underWayMs: this.freeMs - this.nowMs })
  }

  finished = () =>
    new Promise<void>((resolve) => this.#waiting.push({ seenMs: this.freeMs + 3, resolve }))

  /** Runs until `work` is done: whenever nobody has anything to do, the next submission ends. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    for (;;) {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
      if (isDone) return done
      const next = this.#waiting.shift()
      if (!next) throw new Error('everybody waits')
      this.nowMs = Math.max(this.nowMs, next.seenMs, this.busyUntilMs)
      next.resolve()
    }
  }
}

function newQueue(device: Device, maxRows = 1024) {
  const pace = createPrefillPace({ kinds: dispatches.map(String), minRows: 32, maxRows })
  const queue = new PrefillQueue<number>(pace, device)
  async function prefill(tokens: number, signal?: AbortSignal) {
    for (let position = 0; position < tokens; ) {
      const rows = Math.min(pace.rows(), tokens - position)
      if (!(await queue.submitChunk({ position, rows }, dispatches, signal))) return false
      position += rows
    }
    await queue.settled()
    return true
  }
  return { queue, prefill }
}

describe("prefill's submissions", () => {
  it.each([0.01, 0.03, 0.1, 0.3, 1, 3])(
    'keep a device at work that takes %f times 55 ms a layer, and never for more than 150 ms',
    async (slowness) => {
      const device = new Device(slowness)
      const { prefill } = newQueue(device)
      await device.run(prefill(3000))
      const { submissions, freeMs } = device
      expect(Math.max(...submissions.map(({ ms }) => ms))).toBeLessThanOrEqual(maxSubmissionMs)
      // Nor for longer before whatever else is asked of it, two together.
      const underWay = Math.max(...submissions.map(({ underWayMs }) => underWayMs))
      expect(underWay).toBeLessThanOrEqual(maxSubmissionMs)
      // Once it is known, a device pauses only where single dispatches are all that may be under way.
      device.idleMs = 0
      await device.run(prefill(3000))
      expect(device.idleMs / (device.freeMs - freeMs)).toBeLessThan(0.06)
    },
  )

  it('are all of the work, in order', async () => {
    const seen: number[] = []
    const device = new Device(0.1)
    const { submit } = device
    device.submit = (part, work) => {
      seen.push(...part)
      submit(part, work)
    }
    const { prefill } = newQueue(device)
    await device.run(prefill(32))
    expect(seen).toEqual(dispatches)
  })

  it('are no longer where the host is too busy to see when each of them ends', async () => {
    const device = new Device(0.4)
    const { prefill } = newQueue(device, 256)
    await device.run(prefill(3000))
    const { submit } = device
    device.submit = (part, work) => {
      submit(part, work)
      if (device.submissions.length % 7 === 0) device.busyUntilMs = device.nowMs + 130
    }
    await device.run(prefill(6000))
    const longest = Math.max(...device.submissions.map(({ ms }) => ms))
    expect(longest).toBeLessThanOrEqual(maxSubmissionMs)
  })

  it('end with the abort, but for what is under way', async () => {
    const device = new Device(0.3)
    const { prefill } = newQueue(device)
    await device.run(prefill(1000))
    const controller = new AbortController()
    const { submit } = device
    let after = 0
    device.submit = (part, work) => {
      if (controller.signal.aborted) after++
      controller.abort()
      submit(part, work)
    }
    expect(await device.run(prefill(1000, controller.signal))).toBe(false)
    expect(after).toBe(0)
    device.submit = submit
    expect(await device.run(prefill(1000))).toBe(true)
  })

  it('fail with the device', async () => {
    const device = new Device(1)
    const { prefill } = newQueue(device)
    const lost = new Error('lost')
    device.finished = () => Promise.reject(lost)
    await expect(prefill(100)).rejects.toBe(lost)
  })
})
