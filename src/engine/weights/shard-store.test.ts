import { createHash } from 'node:crypto'
import { IDBDatabase, IDBFactory, IDBObjectStore } from 'fake-indexeddb'
import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { collect, failure } from '../testing/memory-source'
import { createIndexedDbShardStore } from './indexeddb-shard-store'
import { createMemoryShardStore } from './memory-shard-store'
import type { ShardStore, StoredModel } from './shard-store'

const PIECE = 16
const MODEL = 'https://example.com/tiny'
const FILES = [
  { name: 'config.json', byteLength: 5 },
  { name: 'a.safetensors', byteLength: 40 }, // pieces of 16, 16 and 8
]

const counting = (begin: number, end: number) =>
  Uint8Array.from({ length: end - begin }, (_, i) => begin + i)

const hexSha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex')

/** The facts of a stored model, its pieces as lists. */
const facts = (stored: StoredModel | undefined) =>
  stored && {
    stored: stored.storedBytes,
    total: stored.totalBytes,
    pieces: Object.fromEntries(stored.files.map(({ name, pieces }) => [name, [...pieces].sort()])),
    complete: stored.completedAt !== undefined,
  }

const estimate = async () => ({ quota: 1000, usage: 900 })
const openIndexedDb = () => createIndexedDbShardStore({ estimate, pieceBytes: PIECE })

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})

async function fill(store: ShardStore, model = MODEL) {
  await store.begin(model, FILES)
  await store.putPiece(model, 'config.json', 0, counting(0, 5))
  await store.putPiece(model, 'a.safetensors', 0, counting(0, 16))
  await store.putPiece(model, 'a.safetensors', 1, counting(16, 32))
  await store.putPiece(model, 'a.safetensors', 2, counting(32, 40))
}

/** Makes reading a Blob do something else until the test ends. */
function damageBlobs(arrayBuffer: Blob['arrayBuffer']) {
  const original = Blob.prototype.arrayBuffer
  Blob.prototype.arrayBuffer = arrayBuffer
  onTestFinished(() => {
    Blob.prototype.arrayBuffer = original
  })
}

describe.each([
  { kind: 'memory', open: () => createMemoryShardStore({ pieceBytes: PIECE }) },
  { kind: 'IndexedDB', open: openIndexedDb },
])('a shard store in $kind', ({ open }) => {
  it('keeps nothing at first', async () => {
    const store = open()
    expect(await store.list()).toEqual([])
    expect(await store.find(MODEL)).toBeUndefined()
    expect(await store.delete(MODEL)).toEqual({ freedBytes: 0 })
  })

  it('keeps pieces and counts them', async () => {
    const store = open()
    expect(facts(await store.begin(MODEL, FILES))).toEqual({
      stored: 0,
      total: 45,
      pieces: { 'config.json': [], 'a.safetensors': [] },
      complete: false,
    })
    await store.putPiece(MODEL, 'a.safetensors', 2, counting(32, 40))
    await store.putPiece(MODEL, 'a.safetensors', 0, counting(0, 16))
    expect(facts(await store.find(MODEL))).toEqual({
      stored: 24,
      total: 45,
      pieces: { 'config.json': [], 'a.safetensors': [0, 2] },
      complete: false,
    })
  })

  it('copies the bytes it is given', async () => {
    const store = open()
    await store.begin(MODEL, FILES)
    const bytes = counting(0, 16)
    await store.putPiece(MODEL, 'a.safetensors', 0, bytes)
    bytes.fill(255)
    const read = await collect(store.source(MODEL).read('a.safetensors', 0, 16))
    expect(read).toEqual(counting(0, 16))
  })

  it.each([
    [0, 40],
    [0, 16],
    [15, 17],
    [16, 32],
    [5, 39],
    [39, 40],
    [7, 7],
  ])('reads [%i, %i) across pieces', async (begin, end) => {
    const store = open()
    await fill(store)
    const source = store.source(MODEL)
    expect(await source.byteLength('a.safetensors')).toBe(40)
    expect(await collect(source.read('a.safetensors', begin, end))).toEqual(counting(begin, end))
  })

  it('names a file it does not have, and where a file has a hole', async () => {
    const store = open()
    const missing = { code: 'file-missing', file: 'b.safetensors', neededBy: MODEL }
    expect(await failure(store.source(MODEL).byteLength('b.safetensors'))).toEqual(missing)
    await fill(store)
    expect(await failure(store.source(MODEL).byteLength('b.safetensors'))).toEqual(missing)

    await store.begin('holey', FILES)
    await store.putPiece('holey', 'a.safetensors', 0, counting(0, 16))
    expect(await failure(collect(store.source('holey').read('a.safetensors', 8, 40)))).toEqual({
      code: 'file-truncated',
      file: 'a.safetensors',
      expectedBytes: 40,
      receivedBytes: 16,
    })
  })

  it('does not read past the end of a file', async () => {
    const store = open()
    await fill(store)
    expect(await failure(collect(store.source(MODEL).read('a.safetensors', 30, 41)))).toMatchObject(
      {
        code: 'file-truncated',
        receivedBytes: 40,
      },
    )
  })

  it('has one hash for all bytes of a complete model', async () => {
    const store = open()
    expect(await store.hash(MODEL)).toBeUndefined()
    await fill(store)
    expect(await store.hash(MODEL)).toBeUndefined()
    await store.complete(MODEL)
    const pieceHashes = [counting(0, 16), counting(16, 32), counting(32, 40)].map(hexSha256)
    const list = ['a.safetensors 40', ...pieceHashes, 'config.json 5', hexSha256(counting(0, 5))]
    const lines = list.map((line) => `${line}\n`).join('')
    expect(await store.hash(MODEL)).toBe(hexSha256(lines))

    await store.putPiece(MODEL, 'a.safetensors', 2, counting(32, 40).fill(255, 3, 4))
    const changed = await store.hash(MODEL)
    expect(changed).toMatch(/^[0-9a-f]{64}$/)
    expect(changed).not.toBe(hexSha256(lines))
  })

  it('is complete when that was said, not when all pieces are there', async () => {
    const store = open()
    await fill(store)
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 45, complete: false })
    await store.complete(MODEL)
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 45, complete: true })
  })

  it('does not call a model complete that has a hole', async () => {
    const store = open()
    await store.begin(MODEL, FILES)
    await expect(store.complete(MODEL)).rejects.toThrow('not complete: 0 of 45 bytes')
    expect(facts(await store.find(MODEL))).toMatchObject({ complete: false })
  })

  it.each([
    { file: 'a.safetensors', piece: 0, length: 15, because: 'it is short' },
    { file: 'a.safetensors', piece: 2, length: 16, because: 'the last one is shorter' },
    { file: 'a.safetensors', piece: 3, length: 16, because: 'it is beyond the end' },
    { file: 'b.safetensors', piece: 0, length: 16, because: 'there is no such file' },
  ])('keeps no wrong piece: $because', async ({ file, piece, length }) => {
    const store = open()
    await store.begin(MODEL, FILES)
    await expect(store.putPiece(MODEL, file, piece, counting(0, length))).rejects.toThrow(
      `piece ${piece} of ${file} has ${length} bytes`,
    )
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 0 })
  })

  it('resumes what has the same name and length, and drops the rest', async () => {
    const store = open()
    await fill(store)
    await store.complete(MODEL)
    const files = [
      { name: 'config.json', byteLength: 6 },
      { name: 'a.safetensors', byteLength: 40 },
      { name: 'b.safetensors', byteLength: 1 },
    ]
    const expected = {
      stored: 40,
      total: 47,
      pieces: { 'config.json': [], 'a.safetensors': [0, 1, 2], 'b.safetensors': [] },
      complete: false,
    }
    expect(facts(await store.begin(MODEL, files))).toEqual(expected)
    expect(facts(await store.find(MODEL))).toEqual(expected)
  })

  it('drops pieces, and is incomplete then', async () => {
    const store = open()
    await fill(store)
    await store.complete(MODEL)
    await store.drop(MODEL, [{ file: 'a.safetensors', piece: 1 }])
    expect(facts(await store.find(MODEL))).toMatchObject({
      stored: 29,
      pieces: { 'config.json': [0], 'a.safetensors': [0, 2] },
      complete: false,
    })
  })

  it('remembers what was published, and drops a file that is published anew', async () => {
    const store = open()
    const published = (sha256: string) => ({
      commit: 'c0ffee',
      files: [
        { name: 'config.json', byteLength: 5 },
        { name: 'a.safetensors', byteLength: 40, sha256 },
      ],
    })
    await store.begin(MODEL, FILES, published('aaaa'))
    await store.putPiece(MODEL, 'config.json', 0, counting(0, 5))
    await store.putPiece(MODEL, 'a.safetensors', 0, counting(0, 16))
    expect((await store.find(MODEL))?.publication).toEqual(published('aaaa'))
    expect(facts(await store.begin(MODEL, FILES, published('aaaa')))?.stored).toBe(21)
    expect(facts(await store.begin(MODEL, FILES, published('bbbb')))?.stored).toBe(5)
    expect((await store.find(MODEL))?.publication).toEqual(published('bbbb'))
    await store.begin(MODEL, FILES)
    expect((await store.find(MODEL))?.publication).toBeUndefined()
  })

  it('frees what a deleted model took, and leaves the others alone', async () => {
    const store = open()
    await fill(store)
    await fill(store, `${MODEL}-2`)
    expect(await store.delete(MODEL)).toEqual({ freedBytes: 45 })
    expect(await store.find(MODEL)).toBeUndefined()
    expect((await store.list()).map(({ model, storedBytes }) => [model, storedBytes])).toEqual([
      [`${MODEL}-2`, 45],
    ])
    await store.begin(MODEL, FILES)
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 0 })
  })

  it('finds nothing wrong with pieces as they were committed', async () => {
    const store = open()
    await fill(store)
    await store.complete(MODEL)
    const progress: unknown[] = []
    const verified = await store.verify(MODEL, { onProgress: (report) => progress.push(report) })
    expect(verified).toEqual({ damaged: [], unhashed: [] })
    expect(progress.map((report) => (report as { done: number }).done)).toEqual([0, 5, 21, 37, 45])
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 45, complete: true })
    expect(await store.verify('unknown')).toEqual({ damaged: [], unhashed: [] })
  })

  it('names damaged pieces, and lets a download fetch only those', async () => {
    const store = open()
    await fill(store)
    await store.complete(MODEL)
    await fill(store, 'sound')
    const { arrayBuffer } = Blob.prototype
    damageBlobs(async function (this: Blob) {
      const bytes = new Uint8Array(await arrayBuffer.call(this))
      // The second piece of 16, which begins with 16, has lost a bit.
      if (bytes[0] === 16) bytes[5] = (bytes[5] ?? 0) ^ 8
      return bytes.buffer
    })
    const damaged = [{ file: 'a.safetensors', piece: 1 }]
    expect(await store.verify(MODEL)).toEqual({ damaged, unhashed: [] })
    const lacking = {
      stored: 29,
      pieces: { 'config.json': [0], 'a.safetensors': [0, 2] },
      complete: false,
    }
    expect(facts(await store.find(MODEL))).toMatchObject(lacking)
    expect(facts(await store.begin(MODEL, FILES))).toMatchObject(lacking)
    expect(facts(await store.find('sound'))).toMatchObject({ stored: 45 })
  })

  it('counts what cannot be read as damaged', async () => {
    const store = open()
    await fill(store)
    damageBlobs(() => Promise.reject(new DOMException('gone', 'NotFoundError')))
    expect((await store.verify(MODEL)).damaged.length).toBe(4)
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 0 })
  })

  it('says which pieces have no hash, as in an insecure context', async () => {
    const store = open()
    const { crypto } = globalThis
    vi.stubGlobal('crypto', {})
    await fill(store)
    vi.stubGlobal('crypto', crypto)
    const { damaged, unhashed } = await store.verify(MODEL)
    expect([damaged.length, unhashed.length]).toEqual([0, 4])
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 45 })
  })

  it('leaves everything as it is when verifying is cancelled', async () => {
    const store = open()
    await fill(store)
    damageBlobs(() => Promise.reject(new DOMException('gone', 'NotFoundError')))
    const controller = new AbortController()
    const verifying = store.verify(MODEL, {
      onProgress: ({ done }) => done > 0 && controller.abort(),
      signal: controller.signal,
    })
    expect(await failure(verifying)).toEqual({ code: 'cancelled' })
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 45 })
  })

  it('keeps no piece of a model that was deleted meanwhile', async () => {
    const store = open()
    await store.begin(MODEL, FILES)
    await store.delete(MODEL)
    const gone = { code: 'storage-refused', detail: expect.stringContaining('was deleted') }
    const put = store.putPiece(MODEL, 'config.json', 0, counting(0, 5))
    expect(await failure(put)).toEqual(gone)
    expect(await failure(store.complete(MODEL))).toEqual(gone)
    expect(await store.list()).toEqual([])
  })
})

describe('a shard store in IndexedDB', () => {
  it('leaves nothing of a deleted model behind, its hashes included', async () => {
    const store = openIndexedDb()
    await fill(store)
    await store.delete(MODEL)
    const opened = indexedDB.open('alcove-weights')
    await new Promise((resolve) => {
      opened.onsuccess = resolve
    })
    const keys = opened.result.transaction('records').objectStore('records').getAllKeys()
    await new Promise((resolve) => {
      keys.onsuccess = resolve
    })
    expect(keys.result).toEqual([])
  })

  it('finds everything again after a reload', async () => {
    const before = openIndexedDb()
    await fill(before)
    await before.complete(MODEL)

    const after = openIndexedDb()
    expect(facts(await after.find(MODEL))).toMatchObject({ stored: 45, complete: true })
    expect(await collect(after.source(MODEL).read('config.json', 0, 5))).toEqual(counting(0, 5))
  })

  it('reads a model in the pieces it was kept in', async () => {
    await fill(openIndexedDb())
    const other = createIndexedDbShardStore({ estimate, pieceBytes: 7 })
    const read = await collect(other.source(MODEL).read('a.safetensors', 3, 37))
    expect(read).toEqual(counting(3, 37))
    expect(facts(await other.begin(MODEL, FILES))).toMatchObject({ stored: 0 })
  })

  it('opens its database again after that failed once, or was closed by the browser', async () => {
    const sound = indexedDB
    const store = openIndexedDb()
    vi.stubGlobal('indexedDB', {
      open() {
        throw new DOMException('Try later.', 'UnknownError')
      },
    })
    expect(await failure(store.find(MODEL))).toMatchObject({ code: 'storage-refused' })

    const databases: IDBDatabase[] = []
    vi.stubGlobal('indexedDB', {
      open(name: string) {
        const request = sound.open(name)
        request.addEventListener('success', () => databases.push(request.result))
        return request
      },
    })
    await fill(store)
    databases[0]?.close()
    databases[0]?.onclose?.(new Event('close'))
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 45 })
    expect(databases.length).toBe(2)
  })

  it('flushes what it commits to the disk', async () => {
    const { transaction } = IDBDatabase.prototype
    const durabilities: (string | undefined)[] = []
    IDBDatabase.prototype.transaction = function (names, mode, options) {
      if (mode === 'readwrite') durabilities.push(options?.durability)
      return transaction.call(this, names, mode, options)
    }
    onTestFinished(() => {
      IDBDatabase.prototype.transaction = transaction
    })
    await fill(openIndexedDb())
    expect(durabilities).toEqual(Array(5).fill('strict'))
  })

  it.each([
    {
      because: 'there is none',
      factory: undefined,
      detail: 'this place has no IndexedDB',
    },
    {
      because: 'the page may not open it',
      factory: {
        open() {
          throw new DOMException('The operation is insecure.', 'SecurityError')
        },
      },
      detail: 'SecurityError: The operation is insecure.',
    },
    {
      because: 'opening it fails, as in a private window',
      factory: {
        open() {
          const request = { error: new DOMException('No database.', 'InvalidStateError') }
          queueMicrotask(() =>
            (request as unknown as IDBOpenDBRequest).onerror?.(new Event('error')),
          )
          return request
        },
      },
      detail: 'InvalidStateError: No database.',
    },
  ])('says that storage is refused when $because', async ({ factory, detail }) => {
    vi.stubGlobal('indexedDB', factory)
    const refused = { code: 'storage-refused', detail }
    const store = openIndexedDb()
    expect(await failure(store.find(MODEL))).toEqual(refused)
    expect(await failure(store.begin(MODEL, FILES))).toEqual(refused)
    expect(await failure(store.source(MODEL).byteLength('config.json'))).toEqual(refused)
  })

  /** Makes keeping a Blob fail until the test ends. */
  function failPuts(fail: (transaction: FailingTransaction) => void) {
    const { put } = IDBObjectStore.prototype
    IDBObjectStore.prototype.put = function (value, key) {
      if (value instanceof Blob) fail(this.transaction as unknown as FailingTransaction)
      return put.call(this, value, key)
    }
    onTestFinished(() => {
      IDBObjectStore.prototype.put = put
    })
  }

  /** Aborts as a browser does after it took a request: only the transaction knows why. */
  interface FailingTransaction {
    _abort(errorName: string): void
  }
  const abortLater = (transaction: FailingTransaction, errorName: string) =>
    queueMicrotask(() => transaction._abort(errorName))

  it.each([
    {
      how: 'the transaction is aborted',
      fail: (transaction: FailingTransaction) => abortLater(transaction, 'QuotaExceededError'),
    },
    {
      how: 'the request fails',
      fail: () => {
        throw new DOMException('', 'QuotaExceededError')
      },
    },
  ])('tells the figures when the disk is full and $how', async ({ fail }) => {
    const store = openIndexedDb()
    await store.begin(MODEL, FILES)
    await store.putPiece(MODEL, 'a.safetensors', 0, counting(0, 16))
    failPuts(fail)
    const put = store.putPiece(MODEL, 'a.safetensors', 1, counting(16, 32))
    expect(await failure(put)).toEqual({
      code: 'storage-full',
      neededBytes: 16,
      availableBytes: 100,
    })
    expect(facts(await store.find(MODEL))).toMatchObject({ pieces: { 'a.safetensors': [0] } })
  })

  it('keeps nothing of a piece whose transaction is aborted', async () => {
    const store = openIndexedDb()
    await store.begin(MODEL, FILES)
    failPuts((transaction) => abortLater(transaction, 'UnknownError'))
    const put = store.putPiece(MODEL, 'config.json', 0, counting(0, 5))
    expect(await failure(put)).toMatchObject({
      code: 'storage-failed',
      detail: expect.stringContaining('UnknownError'),
    })
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 0 })
  })

  it('keeps a piece over another connection when the first one is lost', async () => {
    const open = vi.spyOn(indexedDB, 'open')
    const store = openIndexedDb()
    await store.begin(MODEL, FILES)
    let losses = 0
    failPuts((transaction) => {
      if (losses++ === 0) abortLater(transaction, 'UnknownError')
    })
    await store.putPiece(MODEL, 'config.json', 0, counting(0, 5))
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 5 })
    expect(open).toHaveBeenCalledTimes(2)
  })

  /** Makes transactions fail as over a lost connection, those that are wanted, until the test ends. */
  function failTransactions(isLost: (mode: IDBTransactionMode | undefined) => boolean) {
    const { transaction } = IDBDatabase.prototype
    IDBDatabase.prototype.transaction = function (names, mode, options) {
      if (isLost(mode)) throw new DOMException('connection lost', 'UnknownError')
      return transaction.call(this, names, mode, options)
    }
    const mend = () => {
      IDBDatabase.prototype.transaction = transaction
    }
    onTestFinished(mend)
    return mend
  }
  const lost = { code: 'storage-failed', detail: 'UnknownError: connection lost' }

  it.each<{ what: string; ask: (store: ShardStore) => Promise<unknown> }>([
    { what: 'to list', ask: (store) => store.list() },
    { what: 'to find', ask: (store) => store.find(MODEL) },
    { what: 'to begin', ask: (store) => store.begin(MODEL, FILES) },
    {
      what: 'to read a length',
      ask: (store) => store.source(MODEL).byteLength('config.json'),
    },
    {
      what: 'to read a piece',
      ask: (store) => collect(store.source(MODEL).read('a.safetensors', 0, 40)),
    },
    { what: 'to complete', ask: (store) => store.complete(MODEL) },
    { what: 'to drop', ask: (store) => store.drop(MODEL, [{ file: 'config.json', piece: 0 }]) },
    { what: 'to verify', ask: (store) => store.verify(MODEL) },
    { what: 'to delete', ask: (store) => store.delete(MODEL) },
  ])('that has worked is not refused where it fails $what, and has all it had', async ({ ask }) => {
    const store = openIndexedDb()
    await fill(store)
    const mend = failTransactions(() => true)
    expect(await failure(ask(store))).toEqual(lost)
    mend()
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 45 })
  })

  it('keeps a piece that cannot be looked up after its commit', async () => {
    const store = openIndexedDb()
    await store.begin(MODEL, FILES)
    const mend = failTransactions((mode) => mode === 'readonly')
    expect(await failure(store.putPiece(MODEL, 'config.json', 0, counting(0, 5)))).toEqual(lost)
    mend()
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 5 })
  })

  it('keeps a piece that can be read when it is looked up again', async () => {
    const store = openIndexedDb()
    await store.begin(MODEL, FILES)
    const { arrayBuffer } = Blob.prototype
    let reads = 0
    damageBlobs(function (this: Blob) {
      if (reads++ === 0) return Promise.reject(new DOMException('lost', 'NotReadableError'))
      return arrayBuffer.call(this)
    })
    await store.putPiece(MODEL, 'config.json', 0, counting(0, 5))
    expect(reads).toBe(2)
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 5 })
  })

  const breakStoredBlobs = () =>
    damageBlobs(() => Promise.reject(new DOMException('no permission', 'NotReadableError')))

  it('keeps no piece that it cannot give back, as in a private window', async () => {
    const store = openIndexedDb()
    await store.begin(MODEL, FILES)
    breakStoredBlobs()
    expect(await failure(store.putPiece(MODEL, 'config.json', 0, counting(0, 5)))).toEqual({
      code: 'storage-refused',
      detail: 'a piece was committed and cannot be read: NotReadableError: no permission',
    })
    expect(facts(await store.find(MODEL))).toMatchObject({ stored: 0 })
  })

  it('names the file whose pieces were lost since', async () => {
    const store = openIndexedDb()
    await fill(store)
    breakStoredBlobs()
    expect(await failure(collect(store.source(MODEL).read('a.safetensors', 0, 40)))).toEqual({
      code: 'file-invalid',
      file: 'a.safetensors',
      problem: 'can no longer be read from storage, where it was complete',
    })
  })
})
