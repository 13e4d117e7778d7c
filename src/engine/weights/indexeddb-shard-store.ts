import { promisifyRequest } from 'idb-keyval'
import { EngineError } from '../errors'
import { collectGarbage } from './collect-garbage'
import { sha256 } from './sha256'
import {
  checkPiece,
  checkWhole,
  createPieceSource,
  describeModel,
  existing,
  type ModelRecord,
  newRecord,
  obsoletePieces,
  PIECE_BYTES,
  type PieceKey,
  type ShardStore,
  type StoredModel,
} from './shard-store'
import { verifyPieces } from './verify'
import { weightHash } from './weight-hash'

export interface IndexedDbShardStoreOptions {
  /** `navigator.storage.estimate`: where `storage-full` has its figures from. */
  estimate: () => Promise<{ quota?: number; usage?: number }>
  /** Length of the pieces of models begun from now on. Default: 64 MiB. */
  pieceBytes?: number
}

/**
 * Keeps models in IndexedDB: a record for each model, a Blob and a SHA-256 for each piece.
 *
 * All of them lie in one object store, so that one transaction sees them. Which pieces there are is
 * told by their keys alone, so no record can disagree with them. Blobs, because Chromium reads them
 * about three times as fast as ArrayBuffers and does not limit their length.
 *
 * What is committed is flushed to the disk, which takes Chromium two fifths longer (bench/LOG.md): by
 * default it leaves that to the system, and a power cut could then leave keys of pieces whose bytes
 * were never written.
 */
export function createIndexedDbShardStore({
  estimate,
  pieceBytes = PIECE_BYTES,
}: IndexedDbShardStoreOptions): ShardStore {
  let opened: Promise<IDBDatabase> | undefined
  /** A transaction has succeeded: this place has storage, whatever becomes of it. */
  let hasWorked = false
  /** Of Blobs that were stored since garbage was last collected. */
  let uncollectedBytes = 0

  function open(): Promise<IDBDatabase> {
    const forget = () => {
      opened = undefined
    }
    if (opened === undefined) {
      opened = openDatabase(forget)
      opened.catch(forget)
    }
    return opened
  }

  /** Later transactions open the database anew; those under way may end. */
  function close(connection: Promise<IDBDatabase>) {
    if (opened === connection) opened = undefined
    connection.then((database) => database.close()).catch(() => {})
  }

  type Work<T> = (store: IDBObjectStore) => Promise<T>

  async function attempt<T>(
    connection: Promise<IDBDatabase>,
    mode: IDBTransactionMode,
    work: Work<T>,
  ): Promise<T> {
    const transaction = (await connection).transaction(RECORDS, mode, { durability: 'strict' })
    const store = transaction.objectStore(RECORDS)
    const [result] = await Promise.all([work(store), committed(transaction)])
    return result
  }

  /**
   * Runs `work` in one transaction and waits until that is committed. One that fails for another reason
   * than want of room leaves nothing behind, and is run once more over a connection of its own: browsers
   * lose theirs now and then, Safari above all.
   * @param neededBytes of the piece that it keeps; 0 where it keeps none
   */
  async function transact<T>(mode: IDBTransactionMode, work: Work<T>, neededBytes = 0): Promise<T> {
    try {
      if (globalThis.indexedDB === undefined) throw refused('this place has no IndexedDB')
      const connection = open()
      const result = await attempt(connection, mode, work).catch((error) => {
        if (!(error instanceof DOMException) || error.name === 'QuotaExceededError') throw error
        close(connection)
        return attempt(open(), mode, work)
      })
      hasWorked = true
      return result
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      if (error.name !== 'QuotaExceededError') {
        const detail = `${error.name}: ${error.message}`
        throw hasWorked ? new EngineError({ code: 'storage-failed', detail }) : refused(detail)
      }
      const { quota = 0, usage = 0 } = await estimate()
      const availableBytes = Math.max(0, quota - usage)
      throw new EngineError({ code: 'storage-full', neededBytes, availableBytes })
    }
  }

  async function findRecord(store: IDBObjectStore, model: string) {
    return promisifyRequest<ModelRecord | undefined>(store.get(recordKey(model)))
  }

  async function findModel(store: IDBObjectStore, model: string): Promise<StoredModel | undefined> {
    const [record, keys] = await Promise.all([
      findRecord(store, model),
      promisifyRequest(store.getAllKeys(piecesOf(model))),
    ])
    return record && describeModel(record, keys.map(parsePieceKey))
  }

  const findPiece = (key: IDBValidKey) =>
    transact('readonly', (store) => promisifyRequest<Blob | undefined>(store.get(key)))

  /** Why a piece that is kept cannot be read; undefined where it can. */
  async function whyUnreadable(key: IDBValidKey): Promise<unknown> {
    const blob = await findPiece(key)
    try {
      await blob?.slice(0, 1).arrayBuffer()
      return undefined
    } catch (error) {
      return error
    }
  }

  function deletePiece(store: IDBObjectStore, model: string, { file, piece }: PieceKey) {
    store.delete(pieceKey(model, file, piece))
    store.delete(hashKey(model, file, piece))
  }

  function drop(model: string, keys: readonly PieceKey[]): Promise<void> {
    return transact('readwrite', async (store) => {
      const record = existing(model, await findRecord(store, model))
      for (const key of keys) deletePiece(store, model, key)
      store.put({ ...record, completedAt: undefined }, recordKey(model))
    })
  }

  return {
    list() {
      return transact('readonly', async (store) => {
        const models = await promisifyRequest<ModelRecord[]>(store.getAll(allRecords()))
        const found = await Promise.all(models.map(({ model }) => findModel(store, model)))
        return found.filter((model) => model !== undefined)
      })
    },

    find(model) {
      return transact('readonly', (store) => findModel(store, model))
    },

    begin(model, files, publication) {
      return transact('readwrite', async (store) => {
        const before = await findModel(store, model)
        if (before !== undefined) {
          for (const key of obsoletePieces(before, files, pieceBytes, publication)) {
            deletePiece(store, model, key)
          }
        }
        store.put(newRecord(model, files, pieceBytes, publication), recordKey(model))
        return existing(model, await findModel(store, model))
      })
    },

    async putPiece(model, file, piece, bytes) {
      // In this order, because both copy the bytes: not at once, that is.
      const hash = await sha256(bytes)
      const blob = new Blob([bytes])
      const key = pieceKey(model, file, piece)
      await transact(
        'readwrite',
        async (store) => {
          const record = existing(model, await findRecord(store, model))
          checkPiece(record, { file, piece }, bytes.length)
          store.put(blob, key)
          store.put(hash, hashKey(model, file, piece))
        },
        bytes.length,
      )
      uncollectedBytes += bytes.length
      if (uncollectedBytes >= MAX_UNCOLLECTED_BYTES) {
        collectGarbage()
        uncollectedBytes = 0
      }
      // In a private window, Chromium commits Blobs beyond its memory too, and cannot read them. One
      // that was lost with its connection can be read when it is looked up again.
      if ((await whyUnreadable(key)) === undefined) return
      const error = await whyUnreadable(key)
      if (error === undefined) return
      await transact('readwrite', async (store) => deletePiece(store, model, { file, piece }))
      throw refused(`a piece was committed and cannot be read: ${error}`)
    },

    drop,

    complete(model) {
      return transact('readwrite', async (store) => {
        const stored = existing(model, await findModel(store, model))
        checkWhole(stored)
        const record = existing(model, await findRecord(store, model))
        store.put({ ...record, completedAt: Date.now() }, recordKey(model))
      })
    },

    async verify(model, options) {
      const stored = await transact('readonly', (store) => findModel(store, model))
      if (stored === undefined) return { damaged: [], unhashed: [] }
      const verification = await verifyPieces(
        stored,
        ({ file, piece }) =>
          transact('readonly', async (store) => {
            const [blob, sha256] = await Promise.all([
              promisifyRequest<Blob | undefined>(store.get(pieceKey(model, file, piece))),
              promisifyRequest<string | undefined>(store.get(hashKey(model, file, piece))),
            ])
            return { blob, sha256 }
          }),
        options,
      )
      if (verification.damaged.length > 0) await drop(model, verification.damaged)
      return verification
    },

    async hash(model) {
      const { stored, hashes } = await transact('readonly', async (store) => {
        const [stored, keys, values] = await Promise.all([
          findModel(store, model),
          promisifyRequest(store.getAllKeys(hashesOf(model))),
          promisifyRequest<(string | undefined)[]>(store.getAll(hashesOf(model))),
        ])
        return { stored, hashes: new Map(keys.map((key, i) => [String(key), values[i]])) }
      })
      return (
        stored &&
        weightHash(stored, ({ file, piece }) => hashes.get(String(hashKey(model, file, piece))))
      )
    },

    delete(model) {
      return transact('readwrite', async (store) => {
        const stored = await findModel(store, model)
        store.delete(recordKey(model))
        store.delete(piecesOf(model))
        store.delete(hashesOf(model))
        return { freedBytes: stored?.storedBytes ?? 0 }
      })
    },

    source(model) {
      return createPieceSource(
        model,
        () => transact('readonly', (store) => findRecord(store, model)),
        (file, piece) => findPiece(pieceKey(model, file, piece)),
      )
    },
  }
}

/** The only object store. */
const RECORDS = 'records'

/** @param onClose called when the browser closes the database, as Safari does now and then */
async function openDatabase(onClose: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open('alcove-weights')
  request.onupgradeneeded = () => request.result.createObjectStore(RECORDS)
  const database = await promisifyRequest(request)
  database.onclose = onClose
  return database
}

/** Four pieces: so much more memory than without a download, for a collection every few seconds. */
const MAX_UNCOLLECTED_BYTES = 256 * 1024 * 1024

const recordKey = (model: string) => ['model', model]
const pieceKey = (model: string, file: string, piece: number) => ['piece', model, file, piece]
const hashKey = (model: string, file: string, piece: number) => ['sha256', model, file, piece]

// IndexedDB sorts arrays above strings and numbers, so [] ends the keys with a common beginning.
const allRecords = () => IDBKeyRange.bound(['model'], ['model', []])
const piecesOf = (model: string) => IDBKeyRange.bound(['piece', model], ['piece', model, []])
const hashesOf = (model: string) => IDBKeyRange.bound(['sha256', model], ['sha256', model, []])

function parsePieceKey(key: IDBValidKey): PieceKey {
  const [, , file, piece] = key as ['piece', string, string, number]
  return { file, piece }
}

/**
 * Resolves when a transaction is committed. `promisifyRequest` would also listen for `error`, which
 * comes before the transaction knows its error, and so lose the reason that a full disk gives.
 */
function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () =>
      reject(transaction.error ?? new DOMException('the transaction was aborted', 'AbortError'))
  })
}

function refused(detail: string): EngineError {
  return new EngineError({ code: 'storage-refused', detail })
}
