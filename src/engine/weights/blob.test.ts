import { afterEach, describe, expect, it, vi } from 'vitest'
import { isUnreadable, readBlob } from './blob'
import { release, STRETCH_BYTES } from './release'

/** Two whole stretches and a bit, of which no two are alike. */
const length = 2 * STRETCH_BYTES + 12_345
const content = Uint8Array.from({ length }, (_, i) => (i * 2_654_435_761) >>> 24)

/** A Blob whose streams are told what to do; its slices are what they are. */
function blobWith(streamOf: (bytes: Uint8Array) => ReadableStream): Blob {
  const blob = new Blob([content])
  const slice = blob.slice.bind(blob)
  blob.slice = (begin = 0, end = length) =>
    Object.assign(slice(begin, end), { stream: () => streamOf(content.subarray(begin, end)) })
  return blob
}

/** A stream as Chromium's are: it reads into what it is given, and less than would fit. */
function byteStream(bytes: Uint8Array, readBytes = 3_000_000) {
  let position = 0
  return new ReadableStream({
    type: 'bytes',
    pull({ byobRequest }) {
      if (!byobRequest?.view) throw new Error('nothing to read into')
      const view = byobRequest.view as Uint8Array
      const some = bytes.subarray(position, position + Math.min(readBytes, view.byteLength))
      new Uint8Array(view.buffer, view.byteOffset).set(some)
      position += some.length
      byobRequest.respond(some.length)
    },
  })
}

/** What is read, each array copied and then given back as a consumer does. */
async function readAll(blob: Blob, begin: number, end: number): Promise<Uint8Array[]> {
  const arrays: Uint8Array[] = []
  for await (const bytes of readBlob(blob, begin, end)) {
    arrays.push(bytes.slice())
    release(bytes)
  }
  return arrays
}

/** Much faster than `toEqual`. */
function expectBytes(arrays: readonly Uint8Array[], begin: number, end: number) {
  expect(Buffer.compare(Buffer.concat(arrays), content.subarray(begin, end))).toBe(0)
}

afterEach(() => vi.useRealTimers())

describe('readBlob', () => {
  it.each([
    { what: 'all of it', begin: 0, end: length, stretches: 3 },
    { what: 'a part, begun anywhere', begin: 77, end: 77 + STRETCH_BYTES + 1, stretches: 2 },
    { what: 'exactly a stretch', begin: 5, end: 5 + STRETCH_BYTES, stretches: 1 },
    { what: 'a few bytes', begin: 1000, end: 1008, stretches: 1 },
    { what: 'nothing', begin: 9, end: 9, stretches: 0 },
  ])('reads $what, as streams and as slices', async ({ begin, end, stretches }) => {
    for (const blob of [new Blob([content]), blobWith(byteStream)]) {
      const arrays = await readAll(blob, begin, end)
      expect(arrays).toHaveLength(stretches)
      expectBytes(arrays, begin, end)
    }
  })

  it.each([
    { what: 'can only be read in its own chunks', stream: () => new ReadableStream() },
    {
      what: 'fails on the way',
      stream: () => new ReadableStream({ type: 'bytes', pull: (c) => c.error(new TypeError()) }),
    },
    {
      what: 'ends early',
      stream: (bytes: Uint8Array) => {
        let pulls = 0
        return new ReadableStream({
          type: 'bytes',
          pull(controller) {
            pulls++
            const view = controller.byobRequest?.view as Uint8Array
            new Uint8Array(view.buffer, view.byteOffset).set(bytes.subarray(0, 1000))
            if (pulls > 1) controller.close()
            controller.byobRequest?.respond(pulls > 1 ? 0 : 1000)
          },
        })
      },
    },
  ])('reads slices where a stream $what', async ({ stream }) => {
    expectBytes(await readAll(blobWith(stream), 0, length), 0, length)
  })

  it('says what is the matter with a file that is gone', async () => {
    const blob = blobWith(() => new ReadableStream({ type: 'bytes', pull: (c) => c.error() }))
    const gone = new DOMException('gone', 'NotFoundError')
    const slice = blob.slice.bind(blob)
    blob.slice = (begin, end) =>
      Object.assign(slice(begin, end), { arrayBuffer: () => Promise.reject(gone) })
    const error = await readAll(blob, 0, length).catch((error) => error)
    expect(error).toBe(gone)
    expect(isUnreadable(error)).toBe(true)
  })

  it('reads into the memory of stretches that were given back, until nobody has read for a while', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const views: ArrayBufferView[] = []
    const blob = blobWith(
      (bytes) =>
        new ReadableStream({
          type: 'bytes',
          pull({ byobRequest }) {
            const view = byobRequest?.view as Uint8Array
            views.push(view.slice(0, 4))
            view.set(bytes.subarray(0, view.length))
            byobRequest?.respond(view.length)
          },
        }),
    )
    await readAll(blob, 0, 2 * STRETCH_BYTES)
    expect(views).toEqual([new Uint8Array(4), content.slice(0, 4)])
    vi.runAllTimers()
    await readAll(blob, 0, STRETCH_BYTES)
    expect(views.at(-1)).toEqual(new Uint8Array(4))
    vi.runAllTimers()
  })
})
