import { createSHA256 } from 'hash-wasm'

/** Bytes hashed at a stretch, about 10 ms: what else this thread has to do goes in between. */
const SLICE_BYTES = 4 * 1024 * 1024

/** A SHA-256 of a file that comes bit by bit; `crypto.subtle` needs all of it at once. */
export interface FileHash {
  update(bytes: Uint8Array): Promise<void>
  /** In lower-case hexadecimal; ends the hash. */
  digest(): string
}

/** Import this file only where a hash is wanted: it brings a WebAssembly module along. */
export async function createFileHash(): Promise<FileHash> {
  const hash = await createSHA256()
  return {
    async update(bytes) {
      for (let begin = 0; begin < bytes.length; begin += SLICE_BYTES) {
        if (begin > 0) await letOthersRun()
        hash.update(bytes.subarray(begin, begin + SLICE_BYTES))
      }
    },
    digest: () => hash.digest(),
  }
}

/** Ends when all that waits by now has had its turn: a timer would wait for 4 ms besides. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
