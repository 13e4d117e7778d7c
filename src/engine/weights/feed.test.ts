import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors'
import { failure, memorySource, tinyFiles } from '../testing/memory-source'
import { begin, feedSource, readAhead } from './feed'

const files = () => Array.from(tinyFiles(), ([name, { length }]) => ({ name, byteLength: length }))

describe('feedSource', () => {
  it('gives every byte of every file once', async () => {
    const fed = new Map(files().map(({ name, byteLength }) => [name, new Uint8Array(byteLength)]))
    let bytesFed = 0
    let bytesRead = 0
    await feedSource(
      memorySource(tinyFiles()),
      files(),
      async (file, byteOffset, bytes) => {
        fed.get(file)?.set(bytes, byteOffset)
        bytesFed += bytes.length
      },
      {
        onRead(bytes) {
          bytesRead += bytes
        },
      },
    )
    const total = files().reduce((sum, { byteLength }) => sum + byteLength, 0)
    expect([bytesFed, bytesRead]).toEqual([total, total])
    for (const [name, bytes] of tinyFiles()) {
      expect(Buffer.compare(fed.get(name) as Uint8Array, bytes), name).toBe(0)
    }
  })

  it('ends with the failure of the consumer', async () => {
    const full = new EngineError({ code: 'device-lost', reason: 'x' })
    const feeding = feedSource(memorySource(tinyFiles()), files(), () => Promise.reject(full))
    await expect(feeding).rejects.toBe(full)
  })

  it('stops when cancelled', async () => {
    const controller = new AbortController()
    const feeding = feedSource(memorySource(tinyFiles()), files(), async () => controller.abort(), {
      signal: controller.signal,
    })
    expect(await failure(feeding)).toEqual({ code: 'cancelled' })
  })
})

describe('readAhead', () => {
  it('asks for the next items while one is being dealt with', async () => {
    let asked = 0
    async function* count() {
      for (;;) yield asked++
    }
    const seen: number[][] = []
    for await (const item of readAhead(count(), 3)) {
      await new Promise((resolve) => setTimeout(resolve))
      seen.push([item, asked])
      if (item === 2) break
    }
    expect(seen).toEqual([
      [0, 4],
      [1, 5],
      [2, 6],
    ])
  })

  it('hands on what was asked for in vain', async () => {
    async function* three() {
      yield* [1, 2, 3]
    }
    const dropped: number[] = []
    for await (const item of readAhead(three(), 4, (item) => dropped.push(item))) {
      if (item === 1) break
    }
    expect(dropped).toEqual([2, 3])
  })

  it('fails when it is the failing item’s turn', async () => {
    async function* failing() {
      yield 1
      throw new Error('second')
    }
    const seen: number[] = []
    const reading = (async () => {
      for await (const item of readAhead(failing(), 2)) seen.push(item)
    })()
    await expect(reading).rejects.toThrow('second')
    expect(seen).toEqual([1])
  })
})

describe('begin', () => {
  it('asks for the first item at once, and for the others in their turn', async () => {
    let asked = 0
    async function* three() {
      for (; asked < 3; ) yield ++asked
    }
    const items = begin(three())
    expect(asked).toBe(1)
    const seen: number[] = []
    for await (const item of items) {
      expect(asked).toBe(item)
      seen.push(item)
    }
    expect(seen).toEqual([1, 2, 3])
  })

  it('ends what it has begun when it is left', async () => {
    let hasEnded = false
    async function* endless() {
      try {
        for (;;) yield 0
      } finally {
        hasEnded = true
      }
    }
    for await (const _ of begin(endless())) break
    expect(hasEnded).toBe(true)
  })

  it('fails when the first item is read', async () => {
    // biome-ignore lint/correctness/useYield: it fails before
    async function* failing(): AsyncGenerator<number, void, void> {
      throw new Error('first')
    }
    const items = begin(failing())
    await new Promise((resolve) => setTimeout(resolve))
    await expect(items.next()).rejects.toThrow('first')
  })
})
