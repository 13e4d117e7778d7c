import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { listen, type ServedSource, serveSource } from '../src/engine/testing/http-server'
import { createFsSource } from '../tools/fs-source'

/** Folder of the bundled model, for those who pick it from their disk. */
export const miniFolder = fileURLToPath(new URL('../public/models/gpt-oss-mini', import.meta.url))

/** Reads of fewer bytes are of small files and headers. */
const MIN_WEIGHT_BYTES = 100_000

/** A server of another origin that has the bundled model, and obeys the test. */
export interface Mirror {
  /** Where the model is; every folder name serves the same files. */
  address(folder: string): string
  /** Paths of the weights asked for so far, with their folders; headers and small files apart. */
  readonly weightRequests: string[]
  /** From now on the weights of this file wait; the other files come. */
  hold(file: string): void
  /** Nothing waits any longer. */
  release(): void
  /** While it is busy, weights are answered with 503. */
  setBusy(busy: boolean): void
  close(): void
}

/** @param replaced contents of files that are not as they are on the disk, by name */
export async function startMirror(
  replaced: Readonly<Record<string, string>> = {},
): Promise<Mirror> {
  const disk = createFsSource(miniFolder)
  const contents = new Map(
    Object.entries(replaced).map(([name, text]) => [name, new TextEncoder().encode(text)]),
  )
  let held: string | undefined
  let letGo = () => {}
  let gate = Promise.resolve()
  let isBusy = false
  const weightRequests: string[] = []

  const source: ServedSource = {
    files: readdirSync(miniFolder),
    byteLength: async (name) => contents.get(name)?.length ?? disk.byteLength(name),
    async *read(name, begin, end, signal) {
      const text = contents.get(name)
      if (text) {
        yield text.slice(begin, end)
        return
      }
      if (name === held && end - begin > MIN_WEIGHT_BYTES) await gate
      yield* disk.read(name, begin, end, signal)
    },
  }
  const serve = serveSource(source)
  const { port, close } = await listen((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://mirror')
    const [, begin = 0, last = 0] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const isWeight =
      pathname.endsWith('.safetensors') && Number(last) - Number(begin) > MIN_WEIGHT_BYTES
    if (isWeight) weightRequests.push(pathname)
    if (isBusy && isWeight) {
      response.writeHead(503, { 'Access-Control-Allow-Origin': '*' }).end()
      return
    }
    // The files lie in every folder of this mirror.
    request.url = `/${pathname.split('/').at(-1)}`
    serve(request, response)
  })

  return {
    address: (folder) => `http://127.0.0.1:${port}/${folder}`,
    weightRequests,
    hold(file) {
      held = file
      gate = new Promise((resolve) => {
        letGo = resolve
      })
    },
    release() {
      held = undefined
      letGo()
    },
    setBusy(busy) {
      isBusy = busy
    },
    close() {
      letGo()
      close()
    },
  }
}
