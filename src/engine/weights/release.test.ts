import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openPortToNowhere, release } from './release'

// That an array is empty is all that can be seen from here, not whether its memory is free: a port
// that only keeps what it was given would pass. bench/LOG.md has the measurement, in Chromium.

describe('release', () => {
  it('takes an array’s buffer away, as often as it is asked to', () => {
    for (let i = 0; i < 3; i++) {
      const bytes = Uint8Array.of(1, 2, 3)
      release(bytes)
      expect(bytes).toHaveLength(0)
    }
  })

  it('leaves a buffer alone of which the array is but a part', () => {
    const bytes = new Uint8Array(8).subarray(0, 4)
    release(bytes)
    expect(bytes).toHaveLength(4)
  })
})

describe('stretches', () => {
  it('are kept for the next, as many as were taken', async () => {
    // A module of its own: other files of this worker have taken stretches, too.
    vi.resetModules()
    const { release, STRETCH_BYTES, takeStretch } = await import('./release')
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const taken = takeStretch().fill(1)
    release(taken)
    expect(taken).toHaveLength(0)
    // As large, and of another's making.
    release(new Uint8Array(STRETCH_BYTES).fill(2))
    const [first, second] = [takeStretch(), takeStretch()]
    expect([first[0], second[0]]).toEqual([1, 0])
    release(first)
    release(second)
    vi.runAllTimers()
    const fresh = takeStretch()
    expect(fresh[0]).toBe(0)
    release(fresh)
    vi.runAllTimers()
  })
})

describe('the port that leads nowhere', () => {
  /** Watches which ports are closed; with `looksFirst`, those take nothing any more, as in Blink. */
  function watchPorts({ looksFirst }: { looksFirst: boolean }) {
    const closed = new Set<MessagePort>()
    const opened: MessageChannel[] = []
    const Channel = MessageChannel
    vi.stubGlobal(
      'MessageChannel',
      class {
        constructor() {
          const channel = new Channel()
          opened.push(channel)
          for (const port of [channel.port1, channel.port2]) {
            const close = port.close.bind(port)
            const postMessage = port.postMessage.bind(port)
            port.close = () => {
              closed.add(port)
              close()
            }
            port.postMessage = (message: unknown, transfer: unknown) => {
              if (!looksFirst || !closed.has(port)) postMessage(message, transfer as Transferable[])
            }
          }
          // biome-ignore lint/correctness/noConstructorReturn: a channel whose ports are watched
          return channel
        }
      },
    )
    return { closed, opened }
  }

  it('is closed itself where a closed port takes what it is given', () => {
    const { closed, opened } = watchPorts({ looksFirst: false })
    const port = openPortToNowhere()
    expect(closed).toEqual(new Set([port]))
    expect(opened).toHaveLength(1)
  })

  it('has its other end closed where a closed port takes nothing', () => {
    const { closed, opened } = watchPorts({ looksFirst: true })
    const port = openPortToNowhere()
    const other = opened.find(({ port1 }) => port1 === port)?.port2
    expect([closed.has(port), other && closed.has(other)]).toEqual([false, true])
    const buffer = new ArrayBuffer(8)
    port.postMessage(undefined, [buffer])
    expect(buffer.byteLength).toBe(0)
  })
})
