import { readdirSync, readFileSync } from 'node:fs'
import { createEngine, type EngineEnvironment } from '../engine'
import { EngineError } from '../errors'
import { createMemoryShardStore } from '../weights/memory-shard-store'
import { type GgufOptions, ggufFiles, joinPieces, type SourceTokenizer } from './gguf-file'
import { miniModelFolder, readJson } from './golden'
import { type FileTensor, readSafetensors } from './safetensors-file'

/** Where the place's server has the mini model. */
export const miniModel = 'https://models.example/gpt-oss-mini'

/** What a server has: a file's bytes, or the status that it answers with. */
export type Served = Map<string, Uint8Array<ArrayBuffer> | number>

/** A fresh copy of the bundled model's files. */
export function miniFiles(): Map<string, Uint8Array<ArrayBuffer>> {
  return new Map(
    readdirSync(miniModelFolder).map((name) => [
      name,
      new Uint8Array(readFileSync(new URL(name, miniModelFolder))),
    ]),
  )
}

/** What its config.json says. */
export const miniConfig = () =>
  readJson<Record<string, unknown>>(new URL('config.json', miniModelFolder))

/** Bytes of those of its files that a download keeps. */
export const miniBytes = () =>
  Array.from(miniFiles(), ([name, { length }]) =>
    /^README|^tokenizer_/.test(name) ? 0 : length,
  ).reduce((a, b) => a + b, 0)

/** The bundled model as GGUF: its one file, or the parts that it is split into. */
export function miniGguf(options: Partial<GgufOptions> = {}): Map<string, Uint8Array<ArrayBuffer>> {
  const tensors = new Map<string, FileTensor>(
    readdirSync(miniModelFolder)
      .filter((name) => name.endsWith('.safetensors'))
      .flatMap((name) => [...readSafetensors(new URL(name, miniModelFolder))]),
  )
  const checkpoint = {
    config: miniConfig(),
    tokenizer: readJson<SourceTokenizer>(new URL('tokenizer.json', miniModelFolder)),
    read: (name: string, begin: number, end: number) =>
      (tensors.get(name) as FileTensor).bytes.subarray(begin, end),
  }
  const files = ggufFiles(checkpoint, { dense: 'BF16', name: 'mini', ...options })
  return new Map(Array.from(files, ([name, pieces]) => [name, joinPieces(pieces)]))
}

/**
 * An engine and everything around it that a test may look at or spoil. The server has the same
 * files in every folder; `hold` keeps its answers back.
 */
export function openPlace({
  pieceBytes,
  ...environment
}: Partial<EngineEnvironment> & { pieceBytes?: number } = {}) {
  const files: Served = miniFiles()
  const store = createMemoryShardStore(pieceBytes === undefined ? {} : { pieceBytes })
  const requests: string[] = []
  const storage = { isRefused: false }
  const holds = new Map<string, Promise<void>>()
  const engine = createEngine({
    gpu: undefined,
    async fetch(url, init) {
      const path = new URL(String(url)).pathname
      const name = decodeURIComponent(path.split('/').at(-1) as string)
      requests.push(name)
      for (const [part, until] of holds) if (path.includes(part)) await untilAborted(until, init)
      const answer = files.get(name) ?? 404
      if (typeof answer === 'number') return new Response('', { status: answer })
      const range = new Headers(init?.headers).get('range') ?? ''
      const [, begin = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? []
      return new Response(answer.subarray(Number(begin), Number(last) + 1), {
        status: 206,
        headers: { 'Content-Range': `bytes ${begin}-${last}/${answer.length}` },
      })
    },
    async openStore() {
      if (!storage.isRefused) return store
      throw new EngineError({ code: 'storage-refused', detail: 'a private window' })
    },
    ...environment,
  })

  /** Keeps back answers to requests whose path has this part; returns what lets them go. */
  function hold(part: string): () => void {
    let release = () => {}
    holds.set(
      part,
      new Promise((resolve) => {
        release = resolve
      }),
    )
    return () => {
      holds.delete(part)
      release()
    }
  }

  return { engine, files, store, storage, requests, hold }
}

/** Files as a person picks them. */
export const pickFiles = (files: Iterable<readonly [string, Uint8Array<ArrayBuffer>]>): File[] =>
  Array.from(files, ([name, bytes]) => new File([bytes], name))

async function untilAborted(until: Promise<void>, init: RequestInit | undefined) {
  const signal = init?.signal
  await Promise.race([
    until,
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    }),
  ])
}
