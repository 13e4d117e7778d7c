/** A page that downloads a model and does nothing else, for download.spec.ts. */
import { createEngine, createIndexedDbShardStore, type LoadProgress } from '../src/engine/index'

/** Downloads a model in pieces of this length, into the storage that the app would use. */
async function download(model: string, pieceBytes: number) {
  const estimate = () => navigator.storage.estimate()
  const engine = createEngine({
    gpu: undefined,
    fetch: fetch.bind(globalThis),
    openStore: async () => createIndexedDbShardStore({ estimate, pieceBytes }),
    storage: navigator.storage,
    locks: navigator.locks,
  })
  let last: LoadProgress | undefined
  const { storedBytes } = await engine.download(
    { model },
    {
      onProgress: (progress) => {
        last = progress
      },
    },
  )
  return { storedBytes, verifiedBytes: last?.verify.done }
}

declare global {
  var downloadModel: typeof download
}
globalThis.downloadModel = download
