import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Message } from './conversation'
import { createSaver } from './saver'

const message = (content: string): Message => ({
  role: 'user',
  id: 'm',
  conversationId: 'a',
  parentId: null,
  activeChildId: null,
  createdAt: 1,
  content,
})

/** A storage whose writes end when the test says so. */
function saving() {
  const writes: { contents: string[]; succeed(): void; fail(): void }[] = []
  const noteSaved = vi.fn()
  const storage = {
    putMessages: (messages: readonly Message[]) =>
      new Promise<void>((succeed, reject) => {
        const contents = messages.map(({ content }) => content)
        writes.push({ contents, succeed, fail: () => reject(new Error('full')) })
      }),
  }
  return { saver: createSaver(storage, () => Date.now(), noteSaved), writes, noteSaved }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('what is saved', () => {
  it('is written in its last state, once it has waited long enough', async () => {
    const { saver, writes } = saving()
    saver.save(message('a'))
    saver.save(message('ab'))
    expect(writes).toEqual([])
    await vi.advanceTimersByTimeAsync(500)
    expect(writes.map(({ contents }) => contents)).toEqual([['ab']])
  })

  it('is handed over at once before the page goes away, whatever is being written', () => {
    const { saver, writes } = saving()
    saver.save(message('a'))
    void saver.flush()
    saver.save(message('ab'))
    void saver.flush()
    expect(writes.map(({ contents }) => contents)).toEqual([['a'], ['ab']])
  })

  it('is tried again where it was refused, unless it was saved again since', async () => {
    const { saver, writes, noteSaved } = saving()
    saver.save(message('a'))
    void saver.flush()
    saver.save(message('ab'))
    const flushed = saver.flush()
    writes[1]?.succeed()
    writes[0]?.fail()
    await flushed
    expect(noteSaved.mock.calls).toEqual([[true], [false]])
    await saver.flush()
    expect(writes).toHaveLength(2)

    saver.save(message('abc'))
    const refused = saver.flush()
    writes[2]?.fail()
    await refused
    void saver.flush()
    expect(writes[3]?.contents).toEqual(['abc'])
  })

  it('is not tried again once it is to be removed', async () => {
    const { saver, writes } = saving()
    saver.save(message('a'))
    const flushed = saver.flush()
    saver.forget(['m'])
    writes[0]?.fail()
    await flushed
    await saver.flush()
    expect(writes).toHaveLength(1)
  })
})
