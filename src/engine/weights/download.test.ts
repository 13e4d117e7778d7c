import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors'
import { serveWithFaults } from '../testing/fault-server'
import { serveFiles, startServer } from '../testing/file-server'
import { commit, startHub } from '../testing/hub-server'
import { createMemoryLocks } from '../testing/memory-locks'
import {
  collect,
  type Files,
  failure,
  jsonFile,
  memorySource,
  shardFile,
  tinyFiles,
  utf8,
} from '../testing/memory-source'
import { createTestClock } from '../testing/test-clock'
import { type Checkpoint, openCheckpoint } from './checkpoint'
import { type DownloadProgress, downloadCheckpoint } from './download'
import { createHttpSource } from './http-source'
import { createHub } from './hub'
import type { Locks } from './locks'
import { createMemoryShardStore } from './memory-shard-store'
import type { ShardSource } from './shard-source'
import { publishedCommit, type ShardStore, type StoredModel } from './shard-store'

const MODEL = 'https://example.com/tiny'
const INDEX = 'model.safetensors.index.json'
const SHARDS = ['model-00000-of-00001.safetensors', 'model-00001-of-00001.safetensors'] as const
const PIECE = 64 * 1024
const TOTAL = Array.from(tinyFiles().values()).reduce((sum, { length }) => sum + length, 0)

const openStore = () => createMemoryShardStore({ pieceBytes: PIECE })
const isShard = (file: string) => file.endsWith('.safetensors')

const download = (
  source: ShardSource,
  store: ShardStore,
  options: Partial<Parameters<typeof downloadCheckpoint>[0]> = {},
) => downloadCheckpoint({ source, store, model: MODEL, validate: () => {}, ...options })

/** Fails the test unless the store holds these files to the byte. */
async function expectStored(store: ShardStore, files: Files) {
  const source = store.source(MODEL)
  for (const [name, bytes] of files) {
    const kept = await collect(source.read(name, 0, await source.byteLength(name)))
    expect(Buffer.compare(kept, bytes), name).toBe(0)
  }
}

/** A source whose reads of weights fail once it has yielded `failAfterBytes` of them. */
function failingSource(files: Files, failAfterBytes: number, fail: () => void) {
  const source = memorySource(files)
  let yielded = 0
  return {
    ...source,
    async *read(file: string, begin: number, end: number, signal?: AbortSignal) {
      for await (const bytes of source.read(file, begin, end, signal)) {
        if (isShard(file)) yielded += bytes.length
        if (yielded > failAfterBytes) fail()
        yield bytes
      }
    },
  }
}

const loseConnection = () => {
  throw new EngineError({ code: 'network', url: MODEL, detail: 'connection lost' })
}

/** A store that counts the reads of its pieces. */
function countReads(store: ShardStore) {
  const reads: string[] = []
  const counting: ShardStore = {
    ...store,
    source: (model) => ({
      ...store.source(model),
      read(file, begin, end, signal) {
        if (isShard(file) && end - begin > 5000) reads.push(`${file} ${begin / PIECE}`)
        return store.source(model).read(file, begin, end, signal)
      },
    }),
  }
  return { counting, reads }
}

/** A promise that a test resolves. */
function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>((r) => {
    resolve = r
  })
  return { promise, resolve }
}

describe('downloadCheckpoint', () => {
  it('brings a checkpoint from a server into the store, and then needs no server', async () => {
    const { baseUrl, requests } = await startServer(serveFiles(tinyFiles()))
    const source = createHttpSource(baseUrl, fetch)
    const store = openStore()

    const first = await download(source, store)
    expect(first.fromStorage).toBe(false)
    await expectStored(store, tinyFiles())
    expect(await store.find(MODEL)).toMatchObject({ storedBytes: TOTAL, totalBytes: TOTAL })

    requests.length = 0
    const second = await download(source, store)
    expect(second.fromStorage).toBe(true)
    expect(requests).toEqual([])
    const kept = await openCheckpoint(store.source(MODEL))
    const served = await openCheckpoint(memorySource(tinyFiles()))
    expect(kept.files).toEqual(served.files)
    const normOf = ({ tensors }: Checkpoint) => collect(tensors.read('model.norm.weight'))
    expect(await normOf(kept)).toEqual(await normOf(served))
  })

  it('fetches every byte once, but for the headers', async () => {
    const source = memorySource(tinyFiles())
    await download(source, openStore())
    const fetched = new Map<string, number>()
    for (const { file, begin, end } of source.reads) {
      fetched.set(file, (fetched.get(file) ?? 0) + end - begin)
    }
    const headerBytes = new Map([
      [SHARDS[0] as string, 8 + 4840],
      [SHARDS[1] as string, 8 + 3456],
    ])
    for (const [file, { length }] of tinyFiles()) {
      expect(fetched.get(file), file).toBe(length + (headerBytes.get(file) ?? 0))
    }
  })

  it('asks a server that ignores ranges for each shard only once', async () => {
    const files = tinyFiles()
    const { baseUrl, requests } = await startServer((request, response) => {
      const bytes = files.get((request.url ?? '').replace('/models/tiny/', ''))
      response.writeHead(bytes ? 200 : 404, { 'Content-Length': bytes?.length ?? 0 }).end(bytes)
    })
    const store = openStore()
    await download(createHttpSource(baseUrl, fetch), store)
    await expectStored(store, files)
    for (const shard of SHARDS) {
      const ranges = requests.flatMap(({ url, headers }) =>
        url?.endsWith(shard) ? [headers.range] : [],
      )
      const last = (files.get(shard)?.length ?? 0) - 1
      // Length, header length, header; then all of it, however many pieces that makes.
      expect(ranges).toEqual([
        'bytes=0-0',
        'bytes=0-7',
        expect.stringMatching(/^bytes=8-/),
        `bytes=0-${last}`,
      ])
    }
  })

  it('reports progress that only grows, from nothing to all', async () => {
    const progress: DownloadProgress[] = []
    await download(memorySource(tinyFiles()), openStore(), { onProgress: (p) => progress.push(p) })
    const verify = { done: 0, total: 0 }
    expect(progress[0]).toEqual({ download: { done: 0, total: TOTAL }, verify })
    expect(progress.at(-1)).toEqual({ download: { done: TOTAL, total: TOTAL }, verify })
    const done = progress.map(({ download }) => download.done)
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(progress.length).toBeGreaterThan(50)
    expect(progress.length).toBeLessThan(150)
  })

  it('validates before it fetches weights or keeps anything', async () => {
    const source = memorySource(tinyFiles())
    const store = openStore()
    const wrong = new EngineError({ code: 'model-unsupported', file: 'config.json', problem: 'x' })
    const validate = async () => {
      expect(await store.list()).toEqual([])
      throw wrong
    }
    await expect(download(source, store, { validate })).rejects.toBe(wrong)
    const weights = source.reads.filter(({ file, end }) => isShard(file) && end > 8 + 4840)
    expect(weights).toEqual([])
    expect(await store.list()).toEqual([])
  })

  it.each([
    {
      because: 'a shard is truncated',
      spoil: (files: Files) =>
        files.set(SHARDS[0], (files.get(SHARDS[0]) as Uint8Array<ArrayBuffer>).slice(0, -1)),
      error: { code: 'file-truncated', file: SHARDS[0] },
    },
    {
      because: 'a shard is an HTML page',
      spoil: (files: Files) => files.set(SHARDS[1], utf8('<!doctype html><html></html>')),
      error: { code: 'file-invalid', file: SHARDS[1] },
    },
    {
      because: 'the index names a missing shard',
      spoil: (files: Files) => files.delete(SHARDS[1]),
      error: { code: 'file-missing', file: SHARDS[1], neededBy: INDEX },
    },
    {
      because: 'config.json is not JSON',
      spoil: (files: Files) => files.set('config.json', utf8('{')),
      error: { code: 'file-invalid', file: 'config.json' },
    },
    {
      because: 'the index climbs out of the folder',
      spoil: (files: Files) => files.set(INDEX, jsonFile({ weight_map: { x: '../../x' } })),
      error: { code: 'file-invalid', file: INDEX },
    },
  ])('leaves nothing behind when $because', async ({ spoil, error }) => {
    const files = tinyFiles()
    spoil(files)
    const { baseUrl } = await startServer(serveFiles(files))
    const store = openStore()
    expect(await failure(download(createHttpSource(baseUrl, fetch), store))).toMatchObject(error)
    expect(await store.list()).toEqual([])
  })

  it.each([
    { failAfterBytes: 20_000, because: 'the first piece is not whole' },
    { failAfterBytes: 200_000, because: 'the connection drops in the first shard' },
    { failAfterBytes: 1_000_000, because: 'the connection drops in the second shard' },
    { failAfterBytes: 1_719_000, because: 'only the last piece is missing' },
  ])('resumes with the pieces it lacks: $because', async ({ failAfterBytes }) => {
    const store = openStore()
    const failing = failingSource(tinyFiles(), failAfterBytes, loseConnection)
    expect(await failure(download(failing, store))).toMatchObject({ code: 'network' })

    const partial = await store.find(MODEL)
    const storedBytes = partial?.storedBytes ?? 0
    expect(partial?.completedAt).toBeUndefined()
    expect(storedBytes).toBeGreaterThan(failAfterBytes - 2 * PIECE)

    const source = memorySource(tinyFiles())
    const progress: DownloadProgress[] = []
    await download(source, store, { onProgress: (report) => progress.push(report) })
    await expectStored(store, tinyFiles())
    expect(progress[0]?.download).toEqual({ done: storedBytes, total: TOTAL })
    const fetched = source.reads.reduce((sum, { begin, end }) => sum + end - begin, 0)
    const headerBytes = 8 + 4840 + 8 + 3456
    expect(fetched).toBeLessThanOrEqual(TOTAL - storedBytes + headerBytes)
  })

  it('never keeps a piece that came short', async () => {
    const store = openStore()
    const files = tinyFiles()
    // Headers and lengths are right; the second piece of weights ends early, without any error.
    const source = memorySource(files)
    const short: ShardSource = {
      ...source,
      async *read(file, begin, end, signal) {
        const given = isShard(file) && begin === PIECE ? begin + 100 : end
        yield* source.read(file, begin, given, signal)
      },
    }
    expect(await failure(download(short, store))).toEqual({
      code: 'file-truncated',
      file: SHARDS[0],
      expectedBytes: 2 * PIECE,
      receivedBytes: PIECE + 100,
    })
    const kept = await store.find(MODEL)
    expect(kept?.files.find(({ name }) => name === SHARDS[0])?.pieces).not.toContain(1)
    await download(source, store)
    await expectStored(store, files)
  })

  it('keeps whole pieces when it is cancelled', async () => {
    const store = openStore()
    const controller = new AbortController()
    const source = failingSource(tinyFiles(), 200_000, () => controller.abort())
    expect(await failure(download(source, store, { signal: controller.signal }))).toEqual({
      code: 'cancelled',
    })
    const { storedBytes = 0, completedAt } = (await store.find(MODEL)) ?? {}
    expect(storedBytes).toBeGreaterThan(PIECE)
    expect(completedAt).toBeUndefined()
  })

  it('keeps what it has while the server has nothing', async () => {
    const store = openStore()
    await failure(download(failingSource(tinyFiles(), 200_000, loseConnection), store))
    const before = await store.find(MODEL)
    expect(await failure(download(memorySource(new Map()), store))).toMatchObject({
      code: 'file-missing',
    })
    expect(await store.find(MODEL)).toEqual(before)
  })

  it('starts afresh when the server has another revision by now', async () => {
    const store = openStore()
    await failure(download(failingSource(tinyFiles(), 1_000_000, loseConnection), store))

    const revised = tinyFiles()
    revised.set('config.json', utf8('{"revision": 2}'))
    revised.delete(INDEX)
    for (const shard of SHARDS) revised.delete(shard)
    const header = { x: { dtype: 'U8', shape: [9], data_offsets: [0, 9] } }
    revised.set('model.safetensors', shardFile(header, 9))

    await download(memorySource(revised), store)
    expect((await openCheckpoint(store.source(MODEL))).config).toEqual({ revision: 2 })
    await expectStored(store, revised)
    expect((await store.find(MODEL))?.files.map(({ name }) => name)).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
    ])
  })

  it('replaces a stored model that is damaged', async () => {
    const store = openStore()
    await store.begin(MODEL, [{ name: 'config.json', byteLength: 4 }])
    await store.putPiece(MODEL, 'config.json', 0, utf8('oops'))
    await store.complete(MODEL)
    expect((await download(memorySource(tinyFiles()), store)).fromStorage).toBe(false)
    await expectStored(store, tinyFiles())
  })

  it('fetches only the pieces that were found damaged', async () => {
    const store = openStore()
    await download(memorySource(tinyFiles()), store)
    const { arrayBuffer } = Blob.prototype
    const third = tinyFiles()
      .get(SHARDS[0])
      ?.slice(2 * PIECE, 3 * PIECE)
    Blob.prototype.arrayBuffer = async function () {
      const bytes = new Uint8Array(await arrayBuffer.call(this))
      return Buffer.compare(bytes, third ?? bytes) === 0 ? new ArrayBuffer(PIECE) : bytes.buffer
    }
    const { damaged } = await store.verify(MODEL).finally(() => {
      Blob.prototype.arrayBuffer = arrayBuffer
    })
    expect(damaged).toEqual([{ file: SHARDS[0], piece: 2 }])

    const source = memorySource(tinyFiles())
    expect((await download(source, store)).fromStorage).toBe(false)
    expect(source.reads).toEqual([{ file: SHARDS[0], begin: 2 * PIECE, end: 3 * PIECE }])
    await expectStored(store, tinyFiles())
    expect((await download(source, store)).fromStorage).toBe(true)
  })

  describe('with a consumer', () => {
    /** A consumer that puts together what it gets, and fails the test if a byte comes twice. */
    function collector() {
      const files = new Map<string, Uint8Array>(
        SHARDS.map((name) => [name, new Uint8Array(tinyFiles().get(name)?.length ?? 0)]),
      )
      const seen = new Map<string, Set<number>>(SHARDS.map((name) => [name, new Set()]))
      let atWork = 0
      return {
        files,
        async consumer(file: string, byteOffset: number, bytes: Uint8Array) {
          expect(++atWork).toBe(1)
          for (let i = 0; i < bytes.length; i += 1000) {
            expect(seen.get(file)?.has(byteOffset + i), `${file} ${byteOffset + i}`).toBe(false)
            seen.get(file)?.add(byteOffset + i)
          }
          await new Promise<void>((resolve) => setImmediate(resolve))
          files.get(file)?.set(bytes, byteOffset)
          atWork--
        },
        expectAll() {
          for (const shard of SHARDS) {
            const got = Buffer.compare(
              files.get(shard) ?? utf8(''),
              tinyFiles().get(shard) ?? utf8(''),
            )
            expect(got, shard).toBe(0)
          }
        },
      }
    }

    it('passes on every byte once, from memory', async () => {
      const { consumer, expectAll } = collector()
      const { counting, reads } = countReads(openStore())
      await download(memorySource(tinyFiles()), counting, { consumer })
      expectAll()
      expect(reads).toEqual([])
    })

    it('passes on what was stored and what is fetched', async () => {
      const store = openStore()
      await failure(download(failingSource(tinyFiles(), 1_000_000, loseConnection), store))
      const stored = (await store.find(MODEL))?.files ?? []
      const { consumer, expectAll } = collector()
      const { counting, reads } = countReads(store)
      await download(memorySource(tinyFiles()), counting, { consumer })
      expectAll()
      const piecesBefore = stored.filter(({ name }) => isShard(name)).flatMap((f) => [...f.pieces])
      expect(reads.length).toBe(piecesBefore.length)
    })

    it('passes on a complete model', async () => {
      const store = openStore()
      await download(memorySource(tinyFiles()), store)
      const { consumer, expectAll } = collector()
      const { fromStorage } = await download(memorySource(new Map()), store, { consumer })
      expect(fromStorage).toBe(true)
      expectAll()
    })

    /** A store whose reads of whole pieces tell of their begin and their end. */
    function watchReads(store: ShardStore, onBegin: () => Promise<void> | void, onEnd = () => {}) {
      const source: ShardStore['source'] = (model) => ({
        ...store.source(model),
        async *read(file, begin, end, signal) {
          const isPiece = isShard(file) && begin % PIECE === 0 && end - begin > 5000
          try {
            if (isPiece) await onBegin()
            yield* store.source(model).read(file, begin, end, signal)
          } finally {
            if (isPiece) onEnd()
          }
        },
      })
      return { ...store, source }
    }

    it('begins with a stored piece while the one before is read', async () => {
      const store = openStore()
      await download(memorySource(tinyFiles()), store)
      const files = (await store.find(MODEL))?.files.filter(({ name }) => isShard(name)) ?? []
      const pieces = files.reduce((sum, file) => sum + file.pieces.size, 0)
      let begun = 0
      let nextBegins = deferred()
      const watched = watchReads(store, () => {
        nextBegins.resolve()
        nextBegins = deferred()
        return ++begun < pieces ? nextBegins.promise : undefined
      })
      const { consumer, expectAll } = collector()
      await download(memorySource(new Map()), watched, { consumer })
      expectAll()
      expect(begun).toBe(pieces)
    })

    it('leaves no piece open where the consumer fails', async () => {
      const store = openStore()
      await download(memorySource(tinyFiles()), store)
      let begun = 0
      let open = 0
      const watched = watchReads(
        store,
        () => {
          begun++
          open++
        },
        () => open--,
      )
      const consumer = async () => {
        // By then all that is read ahead has been.
        await new Promise((resolve) => setTimeout(resolve, 100))
        throw new EngineError({ code: 'device-lost', reason: 'x' })
      }
      await failure(download(memorySource(new Map()), watched, { consumer }))
      expect(begun).toBeGreaterThan(1)
      expect(open).toBe(0)
    })

    it.each([
      { because: 'a stored piece', failAtByte: 0 },
      { because: 'a fetched piece', failAtByte: 22 * PIECE },
    ])('ends with its failure and keeps what is committed: $because', async ({ failAtByte }) => {
      const store = openStore()
      await failure(download(failingSource(tinyFiles(), 1_000_000, loseConnection), store))
      const before = (await store.find(MODEL))?.storedBytes ?? 0
      const lost = new EngineError({ code: 'device-lost', reason: 'x' })
      let consumedBytes = 0
      const consumer = async (_file: string, _byteOffset: number, bytes: Uint8Array) => {
        consumedBytes += bytes.length
        if (consumedBytes > failAtByte) throw lost
      }
      const source = memorySource(tinyFiles())
      await expect(download(source, store, { consumer })).rejects.toBe(lost)
      expect((await store.find(MODEL))?.storedBytes).toBeGreaterThanOrEqual(before)
      await download(memorySource(tinyFiles()), store)
      await expectStored(store, tinyFiles())
    })

    it('fetches a stored piece again that could not be read', async () => {
      const store = openStore()
      await download(memorySource(tinyFiles()), store)
      const failing: ShardStore = {
        ...store,
        source: (model) => ({
          ...store.source(model),
          async *read(file, begin, end, signal) {
            if (file === SHARDS[0] && begin === 3 * PIECE) {
              throw new EngineError({ code: 'file-invalid', file, problem: 'is gone' })
            }
            yield* store.source(model).read(file, begin, end, signal)
          },
        }),
      }
      const consumer = async () => {}
      const source = memorySource(tinyFiles())
      expect(await failure(download(source, failing, { consumer }))).toMatchObject({
        code: 'file-invalid',
      })
      await download(source, store, { consumer })
      expect(source.reads).toEqual([{ file: SHARDS[0], begin: 3 * PIECE, end: 4 * PIECE }])
    })
  })

  describe('from a hub', () => {
    /** A hub whose branch is at these files. */
    async function hubWith(files: Files, serve?: Parameters<typeof startHub>[1]) {
      const repository = { head: commit('a'), commits: new Map([[commit('a'), files]]) }
      const server = await startHub(repository, serve)
      const options = { clock: createTestClock() }
      return {
        server,
        repository,
        source: createHttpSource(server.baseUrl, fetch, options),
        hub: createHub(server.baseUrl, fetch, options),
      }
    }

    /** The commit that the files in the store were compared with. */
    const comparedWith = async (store: ShardStore) =>
      publishedCommit((await store.find(MODEL)) as StoredModel)

    const shardBytes = SHARDS.reduce((sum, name) => sum + (tinyFiles().get(name)?.length ?? 0), 0)

    it('compares every shard with its published hash, from memory', async () => {
      const { source, hub } = await hubWith(tinyFiles())
      const store = openStore()
      const progress: DownloadProgress[] = []
      await download(source, store, { hub, onProgress: (report) => progress.push(report) })
      expect(progress[0]?.verify).toEqual({ done: 0, total: shardBytes })
      expect(progress.at(-1)?.verify).toEqual({ done: shardBytes, total: shardBytes })
      expect(await comparedWith(store)).toBe(commit('a'))
    })

    it('fetches the files by their commit, and asks for it once', async () => {
      const { source, hub, server } = await hubWith(tinyFiles())
      const store = openStore()
      await failure(
        download(source, store, {
          hub,
          consumer: () => Promise.reject(new EngineError({ code: 'device-lost', reason: 'x' })),
        }),
      )
      await download(source, store, { hub })
      const paths = server.paths()
      expect(paths.filter((path) => path.startsWith('/api/')).length).toBe(2)
      expect(paths.filter((path) => path.includes('/resolve/main/'))).toEqual([])
      await expectStored(store, tinyFiles())
    })

    it('goes on with the commit it began with when the branch moves on', async () => {
      const { source, hub, server, repository } = await hubWith(tinyFiles())
      const store = openStore()
      let pieces = 0
      const consumer = async () => {
        if (++pieces === 5) throw new EngineError({ code: 'device-lost', reason: 'x' })
      }
      await failure(download(source, store, { hub, consumer }))
      repository.head = commit('b')
      server.requests.length = 0
      await download(source, store, { hub })
      expect(server.paths().every((path) => path.includes(commit('a')))).toBe(true)
      await expectStored(store, tinyFiles())
    })

    it('hashes what was stored before a resume, too', async () => {
      const { source, hub } = await hubWith(tinyFiles())
      const store = openStore()
      await failure(download(failingSource(tinyFiles(), 1_000_000, loseConnection), store))
      const progress: DownloadProgress[] = []
      await download(source, store, { hub, onProgress: (report) => progress.push(report) })
      expect(await comparedWith(store)).toBe(commit('a'))
      expect(progress.at(-1)?.verify).toEqual({ done: shardBytes, total: shardBytes })
    })

    it('hashes a piece that came before its turn from storage', async () => {
      const { hub } = await hubWith(tinyFiles())
      const files = memorySource(tinyFiles())
      const { counting, reads } = countReads(openStore())
      const second = deferred()
      const store: ShardStore = {
        ...counting,
        async putPiece(model, file, piece, bytes) {
          await counting.putPiece(model, file, piece, bytes)
          if (file === SHARDS[0] && piece === 1) second.resolve()
        },
      }
      const secondFirst: ShardSource = {
        ...files,
        async *read(file, begin, end, signal) {
          if (file === SHARDS[0] && begin === 0 && end === PIECE) await second.promise
          yield* files.read(file, begin, end, signal)
        },
      }
      const pinned = hub && { ...hub, sourceOf: () => secondFirst }
      await download(secondFirst, store, { hub: pinned })
      expect(await comparedWith(store)).toBe(commit('a'))
      expect(reads).toContain(`${SHARDS[0]} 1`)
    })

    it('ends with the consumer’s failure though the network is stuck', async () => {
      const { hub } = await hubWith(tinyFiles())
      const store = openStore()
      await failure(download(failingSource(tinyFiles(), 500_000, loseConnection), store))
      const files = memorySource(tinyFiles())
      const stuck: ShardSource = {
        ...files,
        async *read(file, begin, end, signal) {
          if (isShard(file) && end - begin > 5000) {
            await new Promise((_resolve, reject) => {
              signal?.addEventListener('abort', () => reject(signal.reason))
            })
          }
          yield* files.read(file, begin, end, signal)
        },
      }
      const lost = new EngineError({ code: 'device-lost', reason: 'x' })
      const pinned = hub && { ...hub, sourceOf: () => stuck }
      const consumer = () => Promise.reject(lost)
      await expect(download(stuck, store, { hub: pinned, consumer })).rejects.toBe(lost)
    })

    it('drops a file that is not what was published, and the next download repairs it', async () => {
      let isCorrupt = true
      const { source, hub } = await hubWith(tinyFiles(), (files) => {
        const corrupt = serveWithFaults(files, ({ file }) =>
          file === SHARDS[0] ? { kind: 'corrupt', position: 200_000 } : undefined,
        )
        const sound = serveFiles(files)
        return (...exchange) => (isCorrupt ? corrupt : sound)(...exchange)
      })
      const store = openStore()
      expect(await failure(download(source, store, { hub }))).toMatchObject({
        code: 'file-invalid',
        file: SHARDS[0],
        problem: expect.stringMatching(/^has the SHA-256 [0-9a-f]{64}, and [0-9a-f]{64} is/),
      })
      const kept = await store.find(MODEL)
      expect(kept?.completedAt).toBeUndefined()
      expect(kept?.files.find(({ name }) => name === SHARDS[0])?.pieces.size).toBe(0)

      isCorrupt = false
      await download(source, store, { hub })
      expect(await comparedWith(store)).toBe(commit('a'))
      await expectStored(store, tinyFiles())
    })

    it('keeps nothing of a file that is not as long as published', async () => {
      const published = tinyFiles()
      published.set('config.json', utf8('{}'))
      const repository = { head: commit('a'), commits: new Map([[commit('a'), published]]) }
      const server = await startHub(repository, () => serveFiles(tinyFiles()))
      const store = openStore()
      const hub = createHub(server.baseUrl, fetch)
      const source = createHttpSource(server.baseUrl, fetch)
      expect(await failure(download(source, store, { hub }))).toMatchObject({
        code: 'file-invalid',
        file: 'config.json',
        problem: expect.stringMatching(/^has \d+ bytes, and 2 are published$/),
      })
      expect(await store.list()).toEqual([])
    })

    it('claims nothing where no hash is published', async () => {
      const source = memorySource(tinyFiles())
      const { hub } = await hubWith(new Map())
      const silent = { ...hub, publication: async () => undefined, sourceOf: () => source }
      const store = openStore()
      await download(source, store, { hub: silent })
      expect(await comparedWith(store)).toBeUndefined()
    })
  })

  describe('in two tabs', () => {
    it('fetches a model once, and both have it', async () => {
      const store = openStore()
      const locks = createMemoryLocks()
      const sources = [memorySource(tinyFiles()), memorySource(tinyFiles())]
      const downloads = await Promise.all(
        sources.map((source) => download(source, store, { locks })),
      )
      expect(downloads.map(({ fromStorage }) => fromStorage)).toEqual([false, true])
      expect(sources[1]?.reads).toEqual([])
      await expectStored(store, tinyFiles())
    })

    it('shows the one that waits how far the other is', async () => {
      const store = openStore()
      const locks = createMemoryLocks()
      const clock = createTestClock()
      const progress: DownloadProgress[] = []
      const seen = { resolve: () => {} }
      const waited = new Promise<void>((resolve) => {
        seen.resolve = resolve
      })
      const first = download(
        failingSource(tinyFiles(), 400_000, () => {}),
        store,
        {
          locks,
          consumer: () => waited,
        },
      )
      const second = download(memorySource(new Map()), store, {
        locks,
        clock,
        onProgress(report) {
          progress.push(report)
          if (report.download.done > 0) seen.resolve()
        },
      })
      await first
      expect((await second).fromStorage).toBe(true)
      const waiting = progress.filter(({ obstacle }) => obstacle?.kind === 'other-tab')
      expect(waiting.at(-1)?.download.total).toBe(TOTAL)
      expect(waiting.at(-1)?.download.done).toBeGreaterThan(0)
      expect(progress.at(-1)).not.toHaveProperty('obstacle')
    })

    it('fetches different models side by side', async () => {
      const locks = createMemoryLocks()
      const store = openStore()
      const second = download(memorySource(tinyFiles()), store, { locks, model: 'second' })
      const first = download(memorySource(tinyFiles()), store, {
        locks,
        async validate() {
          await second
        },
      })
      await first
      expect((await store.list()).map(({ totalBytes }) => totalBytes)).toEqual([TOTAL, TOTAL])
    })

    it('goes on where the other tab was stopped', async () => {
      const store = openStore()
      const locks = createMemoryLocks()
      const source = memorySource(tinyFiles())
      const failing = failingSource(tinyFiles(), 1_000_000, loseConnection)
      const [first, second] = await Promise.allSettled([
        download(failing, store, { locks }),
        download(source, store, { locks }),
      ])
      expect([first.status, second.status]).toEqual(['rejected', 'fulfilled'])
      expect(source.reads.reduce((sum, { begin, end }) => sum + end - begin, 0)).toBeLessThan(TOTAL)
      await expectStored(store, tinyFiles())
    })

    it('need not wait once it is cancelled', async () => {
      const locks = createMemoryLocks()
      const controller = new AbortController()
      const neverEnds = download(memorySource(tinyFiles()), openStore(), {
        locks,
        validate: () => new Promise(() => {}),
      })
      const waiting = download(memorySource(tinyFiles()), openStore(), {
        locks,
        signal: controller.signal,
      })
      controller.abort()
      expect(await failure(waiting)).toEqual({ code: 'cancelled' })
      void neverEnds
    })

    it('says that storage is refused where locks are', async () => {
      const locks: Locks = {
        request: () => Promise.reject(new DOMException('opaque origin', 'SecurityError')),
      }
      const refused = download(memorySource(tinyFiles()), openStore(), { locks })
      expect(await failure(refused)).toEqual({
        code: 'storage-refused',
        detail: 'SecurityError: opaque origin',
      })
    })
  })

  it('says what the model still needs when storage is full, and keeps the rest', async () => {
    const store = openStore()
    const full: ShardStore = {
      ...store,
      async putPiece(model, file, piece, bytes) {
        if (file === SHARDS[1]) {
          const neededBytes = bytes.length
          throw new EngineError({ code: 'storage-full', neededBytes, availableBytes: 7 })
        }
        await store.putPiece(model, file, piece, bytes)
      },
    }
    expect(await failure(download(memorySource(tinyFiles()), full))).toEqual({
      code: 'storage-full',
      neededBytes: tinyFiles().get(SHARDS[1])?.length,
      availableBytes: 7,
    })
    await download(memorySource(tinyFiles()), store)
    await expectStored(store, tinyFiles())
  })

  it('gives back what it took when storage refuses halfway', async () => {
    const store = openStore()
    const refused = new EngineError({ code: 'storage-refused', detail: 'private window' })
    const refusing: ShardStore = {
      ...store,
      async putPiece(model, file, piece, bytes) {
        if (file === SHARDS[1]) throw refused
        await store.putPiece(model, file, piece, bytes)
      },
    }
    await expect(download(memorySource(tinyFiles()), refusing)).rejects.toBe(refused)
    expect(await store.list()).toEqual([])
  })

  it('keeps what it has when storage fails halfway, and does without where it never kept a thing', async () => {
    const store = openStore()
    const failed = new EngineError({ code: 'storage-failed', detail: 'UnknownError: lost' })
    let isBroken = (_: string) => true
    const failing: ShardStore = {
      ...store,
      async putPiece(model, file, piece, bytes) {
        if (isBroken(file)) throw failed
        await store.putPiece(model, file, piece, bytes)
      },
    }
    expect(await failure(download(memorySource(tinyFiles()), failing))).toEqual({
      code: 'storage-refused',
      detail: 'UnknownError: lost',
    })
    expect(await store.list()).toEqual([])

    isBroken = (file) => file === SHARDS[1]
    await expect(download(memorySource(tinyFiles()), failing)).rejects.toBe(failed)
    const source = memorySource(tinyFiles())
    await download(source, store)
    expect(source.reads.filter(({ file, end }) => file === SHARDS[0] && end > PIECE)).toEqual([])
    await expectStored(store, tinyFiles())
  })

  describe('where storage that has worked fails', () => {
    const failed = new EngineError({ code: 'storage-failed', detail: 'UnknownError: lost' })
    const lose = () => Promise.reject(failed)

    async function partlyFilled() {
      const store = openStore()
      await failure(download(failingSource(tinyFiles(), 1_000_000, loseConnection), store))
      return store
    }

    it('keeps what it has when that cannot be read', async () => {
      const store = await partlyFilled()
      const before = (await store.find(MODEL))?.storedBytes ?? 0
      const failing: ShardStore = {
        ...store,
        source: (model) => ({
          ...store.source(model),
          async *read(file, begin, end, signal) {
            if (isShard(file) && end - begin > 5000) throw failed
            yield* store.source(model).read(file, begin, end, signal)
          },
        }),
      }
      const consumer = async () => {}
      const resuming = download(memorySource(tinyFiles()), failing, { consumer })
      await expect(resuming).rejects.toBe(failed)
      expect((await store.find(MODEL))?.storedBytes).toBeGreaterThanOrEqual(before)

      await download(memorySource(tinyFiles()), store)
      await expect(download(memorySource(new Map()), failing, { consumer })).rejects.toBe(failed)
      expect((await store.find(MODEL))?.completedAt).toBeDefined()
    })

    it('keeps what it has when a damaged piece cannot be dropped', async () => {
      const store = await partlyFilled()
      const before = (await store.find(MODEL))?.storedBytes ?? 0
      const failing: ShardStore = {
        ...store,
        drop: lose,
        source: (model) => ({
          ...store.source(model),
          async *read(file, begin, end, signal) {
            if (isShard(file) && end - begin > 5000) {
              throw new EngineError({ code: 'file-invalid', file, problem: 'is gone' })
            }
            yield* store.source(model).read(file, begin, end, signal)
          },
        }),
      }
      const downloading = download(memorySource(tinyFiles()), failing, {
        consumer: async () => {},
      })
      await expect(downloading).rejects.toBe(failed)
      expect((await store.find(MODEL))?.storedBytes).toBeGreaterThanOrEqual(before)
    })

    it('says so when the model cannot be marked as complete, and needs nothing more', async () => {
      const store = openStore()
      const failing: ShardStore = { ...store, complete: lose }
      await expect(download(memorySource(tinyFiles()), failing)).rejects.toBe(failed)
      const source = memorySource(tinyFiles())
      await download(source, store)
      expect(source.reads).toEqual([])
      await expectStored(store, tinyFiles())
    })

    it('does without where nothing was kept when it should begin', async () => {
      const failing: ShardStore = { ...openStore(), begin: lose }
      expect(await failure(download(memorySource(tinyFiles()), failing))).toEqual({
        code: 'storage-refused',
        detail: 'UnknownError: lost',
      })
      const partial = { ...(await partlyFilled()), begin: lose }
      await expect(download(memorySource(tinyFiles()), partial)).rejects.toBe(failed)
    })
  })

  it('asks for nothing where storage is refused; the source can be opened without', async () => {
    const source = memorySource(tinyFiles())
    const refused = new EngineError({ code: 'storage-refused', detail: 'private window' })
    const store: ShardStore = { ...openStore(), find: () => Promise.reject(refused) }
    await expect(download(source, store)).rejects.toBe(refused)
    expect(source.reads).toEqual([])
    expect((await openCheckpoint(source)).tensors.size).toBe(79)
  })
})
