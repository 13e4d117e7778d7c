import { describe, expect, it } from 'vitest'
import { createDownloads, type DownloadProgress } from './downloads'
import { failure } from './testing/memory-source'
import { deferred } from './turns'

const received = (done: number): DownloadProgress => ({
  download: { done, total: 3 },
  verify: { done: 0, total: 0 },
})

/** A download that a test moves on by hand. */
function steppedDownload() {
  const { promise, resolve, reject } = deferred<string>()
  const { promise: begun, resolve: begin } = deferred<void>()
  let report: (progress: DownloadProgress) => void = () => {}
  const work = (onProgress: typeof report) => {
    report = onProgress
    begin()
    return promise
  }
  return {
    work,
    begun,
    report: (done: number) => report(received(done)),
    end: resolve,
    fail: reject,
  }
}

/** A listener that keeps what it hears. */
function listener() {
  const heard: number[] = []
  return { heard, onProgress: ({ download }: DownloadProgress) => void heard.push(download.done) }
}

describe('downloads', () => {
  it('of different models run side by side', async () => {
    const downloads = createDownloads()
    const [a, b] = [steppedDownload(), steppedDownload()]
    const [toA, toB] = [listener(), listener()]
    const both = [downloads.run('a', toA, a.work), downloads.run('b', toB, b.work)]
    b.report(1)
    a.report(2)
    b.end('b is here')
    expect(await both[1]).toBe('b is here')
    expect([downloads.isRunning('a'), downloads.isRunning('b')]).toEqual([true, false])
    a.end('a is here')
    expect(await both[0]).toBe('a is here')
    expect([toA.heard, toB.heard]).toEqual([[2], [1]])
  })

  it('of the same model run one after another, and the second watches the first', async () => {
    const downloads = createDownloads()
    const [first, second] = [steppedDownload(), steppedDownload()]
    const [toFirst, toSecond] = [listener(), listener()]
    const one = downloads.run('a', toFirst, first.work)
    first.report(1)
    const two = downloads.run('a', toSecond, second.work)
    expect(toSecond.heard).toEqual([1])
    first.report(2)
    first.end('downloaded')
    expect(await one).toBe('downloaded')
    await second.begun
    second.report(3)
    second.end('found there')
    expect(await two).toBe('found there')
    expect(toFirst.heard).toEqual([1, 2])
    expect(toSecond.heard).toEqual([1, 2, 3])
  })

  it('go on for who waits when the first fails', async () => {
    const downloads = createDownloads()
    const [first, second] = [steppedDownload(), steppedDownload()]
    const one = downloads.run('a', {}, first.work)
    const two = downloads.run('a', {}, second.work)
    first.fail(new Error('its reader wanted no more'))
    await expect(one).rejects.toThrow('its reader')
    second.end('downloaded')
    expect(await two).toBe('downloaded')
    expect(downloads.isRunning('a')).toBe(false)
  })

  it('are left at once by who is aborted while watching, and go on without', async () => {
    const downloads = createDownloads()
    const first = steppedDownload()
    const one = downloads.run('a', {}, first.work)
    const controller = new AbortController()
    const toSecond = listener()
    const unused = steppedDownload()
    const two = downloads.run('a', { ...toSecond, signal: controller.signal }, unused.work)
    controller.abort()
    expect(await failure(two)).toEqual({ code: 'cancelled' })
    first.report(2)
    expect(toSecond.heard).toEqual([])
    first.end('downloaded')
    expect(await one).toBe('downloaded')
  })

  it('are not queued behind three, but each after the one before', async () => {
    const downloads = createDownloads()
    const order: string[] = []
    const ask = (name: string) =>
      downloads.run('a', {}, async () => {
        order.push(`${name} begins`)
        await Promise.resolve()
        order.push(`${name} ends`)
      })
    await Promise.all(['x', 'y', 'z'].map(ask))
    expect(order.filter((_, i) => i % 2 === 1)).toEqual(
      order.filter((_, i) => i % 2 === 0).map((begin) => begin.replace('begins', 'ends')),
    )
  })
})
