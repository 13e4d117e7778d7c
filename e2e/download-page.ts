/** A page that downloads a model and does nothing else, for download.spec.ts. */
import { downloadCheckpoint } from '../src/engine/weights/download'
import { createHttpSource } from '../src/engine/weights/http-source'
import { createHub } from '../src/engine/weights/hub'
import { createIndexedDbShardStore } from '../src/engine/weights/indexeddb-shard-store'

/** Downloads a model in pieces of this length, into the storage that the app would use. */
async function download(model: string, pieceBytes: number) {
  const { isVerified } = await downloadCheckpoint({
    source: createHttpSource(model, fetch.bind(globalThis)),
    hub: createHub(model, fetch.bind(globalThis)),
    store: createIndexedDbShardStore({ estimate: () => navigator.storage.estimate(), pieceBytes }),
    model,
    validate: () => {},
    locks: navigator.locks,
  })
  return { isVerified }
}

declare global {
  var downloadModel: typeof download
}
globalThis.downloadModel = download
