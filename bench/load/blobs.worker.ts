/**
 * Reads the pieces of every stored model straight from IndexedDB, one after another: the rate that a load is held
 * to. Of the ways to read one (bench/LOG.md) the fastest: a stream, into the same 4 MiB over and over.
 */

/** What was read, each piece by its file and number. */
export interface BlobsRead {
  byteLength: number
  elapsedMs: number
  pieces: { file: string; piece: number; byteLength: number; sha256?: string }[]
}

/** The reader at work: Chromium (156) loses one that nobody refers to. */
let reader: ReadableStreamBYOBReader | undefined

const promise = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

async function hex(bytes: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function readBlobs(hashed: boolean): Promise<BlobsRead> {
  const database = await promise(indexedDB.open('alcove-weights'))
  const store = () => database.transaction('records').objectStore('records')
  const keys = await promise(store().getAllKeys(IDBKeyRange.bound(['piece'], ['piece', []])))
  const pieces: BlobsRead['pieces'] = []
  let byteLength = 0
  let view = new Uint8Array(4 * 1024 * 1024)
  const startedMs = performance.now()
  for (const key of keys) {
    const [, , file, piece] = key as [string, string, string, number]
    const blob: Blob = await promise(store().get(key))
    byteLength += blob.size
    if (hashed) {
      const sha256 = await hex(await blob.arrayBuffer())
      pieces.push({ file, piece, byteLength: blob.size, sha256 })
      continue
    }
    reader = blob.stream().getReader({ mode: 'byob' })
    for (let readBytes = 0; readBytes < blob.size; ) {
      const { done, value } = await reader.read(view)
      if (done) throw new Error(`${file} ends early in piece ${piece}`)
      readBytes += value.length
      view = new Uint8Array(value.buffer)
    }
    pieces.push({ file, piece, byteLength: blob.size })
  }
  const elapsedMs = performance.now() - startedMs
  database.close()
  return { byteLength, elapsedMs, pieces }
}

addEventListener('message', async ({ data }: MessageEvent<{ hashed: boolean }>) =>
  postMessage(await readBlobs(data.hashed)),
)
