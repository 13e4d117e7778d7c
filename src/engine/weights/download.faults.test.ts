import { describe, expect, it } from 'vitest'
import {
  type Fault,
  type FaultScript,
  fetchAsPage,
  serveThroughSignedAddresses,
  serveWithFaults,
} from '../testing/fault-server'
import { serveFiles, startServer } from '../testing/file-server'
import { collect, failure, tinyFiles } from '../testing/memory-source'
import { createTestClock } from '../testing/test-clock'
import { type DownloadProgress, downloadCheckpoint } from './download'
import { createHttpSource } from './http-source'
import { createMemoryShardStore } from './memory-shard-store'
import type { ShardStore } from './shard-store'

const MODEL = 'tiny'
const SHARD = 'model-00000-of-00001.safetensors'
const PIECE = 64 * 1024
const clock = createTestClock()

const openStore = () => createMemoryShardStore({ pieceBytes: PIECE })
const isWeights = ({ file, begin, end }: { file: string; begin: number; end: number }) =>
  file.endsWith('.safetensors') && end - begin > 5000

function download(baseUrl: string, store: ShardStore) {
  const progress: DownloadProgress[] = []
  const source = createHttpSource(baseUrl, fetch, { clock, random: () => 0 })
  const downloading = downloadCheckpoint({
    source,
    store,
    model: MODEL,
    validate: () => {},
    onProgress: (report) => progress.push(report),
  })
  return { downloading, progress }
}

/** Names of the stored files that are not, to the byte, what they should be. */
async function differingFiles(store: ShardStore) {
  const source = store.source(MODEL)
  const differing: string[] = []
  for (const [name, bytes] of tinyFiles()) {
    const kept = await collect(source.read(name, 0, await source.byteLength(name)))
    if (Buffer.compare(kept, bytes) !== 0) differing.push(name)
  }
  return differing
}

/** The same fault for the requests numbered `from` to `to`. */
const burst =
  (fault: Fault, from: number, to = Number.POSITIVE_INFINITY): FaultScript =>
  ({ index }) =>
    index >= from && index <= to ? fault : undefined

describe('a download survives', () => {
  it.each<{ fault: string; script: FaultScript }>([
    { fault: 'nothing', script: () => undefined },
    { fault: 'a slow server', script: () => ({ kind: 'slow' }) },
    {
      fault: 'connections that drop after 20 kB, all of them',
      script: () => ({ kind: 'drop', afterBytes: 20_000 }),
    },
    {
      fault: 'every third connection dropping before the first byte',
      script: ({ index }) => (index % 3 === 0 ? { kind: 'drop', afterBytes: 0 } : undefined),
    },
    {
      fault: 'a connection that falls silent in the middle of a piece',
      script: burst({ kind: 'silence', afterBytes: 30_000, clock }, 20, 20),
    },
    {
      fault: 'a server that takes a request and never answers it',
      script: burst({ kind: 'silence', afterBytes: 0, clock }, 1, 1),
    },
    {
      fault: 'a burst of 429 with Retry-After at the beginning',
      script: burst({ kind: 'status', status: 429, retryAfter: '7' }, 0, 3),
    },
    {
      fault: 'a burst of 429 in the middle',
      script: burst({ kind: 'status', status: 429, retryAfter: '3600' }, 15, 20),
    },
    {
      fault: 'a burst of 503 without Retry-After',
      script: burst({ kind: 'status', status: 503 }, 15, 19),
    },
    {
      fault: 'answers that end early as if they were whole',
      script: (request) => (isWeights(request) ? { kind: 'short', afterBytes: 30_000 } : undefined),
    },
    { fault: 'a server without ranges', script: () => ({ kind: 'whole' }) },
    {
      fault: 'a server that loses its ranges on the way',
      script: burst({ kind: 'whole' }, 20),
    },
    { fault: 'a server that compresses after a while', script: burst({ kind: 'gzip' }, 20) },
    {
      fault: 'answers that are shorter than they say, every third',
      script: ({ index }) =>
        index % 3 === 1 ? { kind: 'content-length', extraBytes: 1000 } : undefined,
    },
    {
      fault: 'answers that are longer than they say, every third',
      script: (request) =>
        isWeights(request) && request.index % 3 === 0
          ? { kind: 'content-length', extraBytes: -1000 }
          : undefined,
    },
    {
      fault: 'a server without ranges whose connections drop',
      script: ({ file, index }) =>
        file === SHARD && index % 2 === 0
          ? { kind: 'drop', afterBytes: 50_000 }
          : { kind: 'whole' },
    },
  ])('$fault', async ({ script }) => {
    const { baseUrl } = await startServer(serveWithFaults(tinyFiles(), script))
    const store = openStore()
    const { downloading, progress } = download(baseUrl, store)
    await downloading
    expect(await differingFiles(store)).toEqual([])
    expect(await store.verify(MODEL)).toEqual({ damaged: [], unhashed: [] })
    const done = progress.map(({ download }) => download.done)
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(done.at(-1)).toBe(progress[0]?.download.total)
  })

  it('signed addresses that are good for a single request', async () => {
    const { baseUrl, requests } = await startServer(serveThroughSignedAddresses(tinyFiles()))
    const store = openStore()
    await download(baseUrl, store).downloading
    expect(await differingFiles(store)).toEqual([])
    expect(requests.filter(({ url }) => url?.startsWith('/signed/')).length).toBeGreaterThan(30)
  })

  it('signed addresses that expire before they are used, now and then', async () => {
    const { baseUrl } = await startServer(
      serveThroughSignedAddresses(tinyFiles(), { expireEvery: 7 }),
    )
    const store = openStore()
    await download(baseUrl, store).downloading
    expect(await differingFiles(store)).toEqual([])
  })
})

describe('a download ends with a clear error, and goes on later,', () => {
  it.each<{ fault: string; script: FaultScript; error: object }>([
    {
      fault: 'a server that stays busy',
      script: burst({ kind: 'status', status: 503 }, 20),
      error: { code: 'http-status', status: 503 },
    },
    {
      fault: 'a server that forbids the rest',
      script: burst({ kind: 'status', status: 403 }, 20),
      error: { code: 'http-status', status: 403 },
    },
    {
      fault: 'a file that is deleted on the way',
      script: burst({ kind: 'status', status: 404 }, 20),
      error: { code: 'file-missing' },
    },
    {
      fault: 'connections that drop before the first byte, again and again',
      script: burst({ kind: 'drop', afterBytes: 0 }, 20),
      error: { code: 'network' },
    },
    {
      fault: 'pages of HTML in place of the rest',
      script: burst({ kind: 'page' }, 20),
      error: { code: 'file-invalid', problem: expect.stringMatching(/^is an HTML page/) },
    },
    {
      fault: 'a file that is replaced by a longer one on the way',
      script: burst({ kind: 'length', extraBytes: 9 }, 20),
      error: { code: 'file-invalid', problem: expect.stringMatching(/^has \d+ bytes by now/) },
    },
    {
      fault: 'a file that ends before its announced length',
      script: ({ file, begin, end }) =>
        file === SHARD && begin <= 200_000 && 200_000 < end && end - begin > 5000
          ? { kind: 'short', afterBytes: 200_000 - begin }
          : undefined,
      error: { code: 'file-truncated', file: SHARD, receivedBytes: 200_000 },
    },
  ])('after $fault', async ({ script, error }) => {
    const faulty = await startServer(serveWithFaults(tinyFiles(), script))
    const store = openStore()
    expect(await failure(download(faulty.baseUrl, store).downloading)).toMatchObject(error)
    const kept = await store.find(MODEL)
    expect(kept?.completedAt).toBeUndefined()
    expect(kept?.storedBytes).toBeGreaterThan(PIECE)
    expect((await store.verify(MODEL)).damaged).toEqual([])

    const sound = await startServer(serveFiles(tinyFiles()))
    const { downloading, progress } = download(sound.baseUrl, store)
    await downloading
    expect(progress[0]?.download.done).toBe(kept?.storedBytes)
    expect(await differingFiles(store)).toEqual([])
  })

  it.each<{ fault: string; script: FaultScript; problem: RegExp }>([
    { fault: 'compresses', script: () => ({ kind: 'gzip' }), problem: /does not tell its length/ },
    { fault: 'has pages alone', script: () => ({ kind: 'page' }), problem: /is an HTML page/ },
  ])('and keeps nothing from a server that $fault', async ({ script, problem }) => {
    const { baseUrl } = await startServer(serveWithFaults(tinyFiles(), script))
    const store = openStore()
    expect(await failure(download(baseUrl, store).downloading)).toMatchObject({
      code: 'file-invalid',
      file: 'config.json',
      problem: expect.stringMatching(problem),
    })
    expect(await store.list()).toEqual([])
  })

  it('and asks a server that forbids the rest for nothing more', async () => {
    const { baseUrl, requests } = await startServer(
      serveWithFaults(tinyFiles(), burst({ kind: 'status', status: 403 }, 20)),
    )
    await failure(download(baseUrl, openStore()).downloading)
    expect(requests.length).toBeLessThanOrEqual(22)
  })
})

describe('a server of another origin', () => {
  const downloadAsPage = (baseUrl: string, store: ShardStore) =>
    downloadCheckpoint({
      source: createHttpSource(baseUrl, fetchAsPage(), { clock, random: () => 0 }),
      store,
      model: MODEL,
      validate: () => {},
    })

  it('that allows every page to read is asked in a way that CORS lets pass', async () => {
    const serveSound = serveFiles(tinyFiles())
    const { baseUrl, requests } = await startServer((request, response) => {
      response.setHeader('Access-Control-Allow-Origin', '*')
      serveSound(request, response)
    })
    const store = openStore()
    await downloadAsPage(baseUrl, store)
    expect(await differingFiles(store)).toEqual([])
    expect(requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  it('that forbids pages to read is told from one that does not answer', async () => {
    const forbidding = await startServer(serveFiles(tinyFiles()))
    expect(await failure(downloadAsPage(forbidding.baseUrl, openStore()))).toEqual({
      code: 'network',
      url: `${forbidding.baseUrl}/config.json`,
      detail: 'Failed to fetch',
      isBlocked: true,
    })
    const silent = await startServer((request) => request.socket.destroy())
    expect(await failure(downloadAsPage(silent.baseUrl, openStore()))).not.toHaveProperty(
      'isBlocked',
    )
  })
})

describe('a corrupted byte', () => {
  const corrupt = async (position: number) => {
    const { baseUrl } = await startServer(
      serveWithFaults(tinyFiles(), ({ file }) =>
        file === SHARD ? { kind: 'corrupt', position } : undefined,
      ),
    )
    const store = openStore()
    return { store, downloading: download(baseUrl, store).downloading }
  }

  it('in a header is noticed, and nothing is kept', async () => {
    const { store, downloading } = await corrupt(8)
    expect(await failure(downloading)).toMatchObject({ code: 'file-invalid', file: SHARD })
    expect(await store.list()).toEqual([])
  })

  it('in weights on their way is not where no hash is published that they should have', async () => {
    const { store, downloading } = await corrupt(200_000)
    await downloading
    expect(await store.verify(MODEL)).toEqual({ damaged: [], unhashed: [] })
    expect(await differingFiles(store)).toEqual([SHARD])
  })
})
