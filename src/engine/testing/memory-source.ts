import { readdirSync, readFileSync } from 'node:fs'
import { EngineError } from '../errors'
import type { ShardSource } from '../weights/shard-source'
import { tinyFolder } from './golden'

/** A checkpoint's files by name. */
export type Files = Map<string, Uint8Array<ArrayBuffer>>

/** A fresh copy of the files of the small random checkpoint, as a map that a test may spoil. */
export function tinyFiles(): Files {
  const names = readdirSync(tinyFolder).filter(
    (name) => name.startsWith('model') || name.endsWith('config.json'),
  )
  return new Map(
    names.map((name) => [name, new Uint8Array(readFileSync(new URL(name, tinyFolder)))]),
  )
}

export interface MemorySource extends ShardSource {
  /** Every range that was read, in order. */
  reads: { file: string; begin: number; end: number }[]
}

/** Files in memory as a source, read in pieces of an awkward length. */
export function memorySource(files: Files, { pieceBytes = 1000 } = {}): MemorySource {
  const find = (file: string) => {
    const bytes = files.get(file)
    if (!bytes) throw new EngineError({ code: 'file-missing', file, neededBy: 'the test' })
    return bytes
  }
  const reads: MemorySource['reads'] = []
  return {
    reads,
    async byteLength(file) {
      return find(file).length
    },
    async *read(file, begin, end, signal) {
      reads.push({ file, begin, end })
      const bytes = find(file)
      for (let position = begin; position < end; position += pieceBytes) {
        if (signal?.aborted) throw new EngineError({ code: 'cancelled' })
        if (position >= bytes.length) {
          const receivedBytes = bytes.length
          throw new EngineError({ code: 'file-truncated', file, expectedBytes: end, receivedBytes })
        }
        yield bytes.slice(position, Math.min(position + pieceBytes, end))
      }
    },
  }
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** A file of JSON. */
export const jsonFile = (value: unknown): Uint8Array<ArrayBuffer> => utf8(JSON.stringify(value))

/** A shard with this header, well-formed or not, and `dataBytes` bytes that count up. */
export function shardFile(header: unknown, dataBytes: number): Uint8Array<ArrayBuffer> {
  const json = typeof header === 'string' ? utf8(header) : jsonFile(header)
  const file = new Uint8Array(8 + json.length + dataBytes)
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true)
  file.set(json, 8)
  for (let i = 0; i < dataBytes; i++) file[8 + json.length + i] = i
  return file
}

/** The data of the EngineError that an operation fails with; any other outcome fails the test. */
export async function failure(operation: Promise<unknown> | (() => unknown)) {
  try {
    await (typeof operation === 'function' ? operation() : operation)
  } catch (error) {
    if (error instanceof EngineError) return error.data
    throw error
  }
  throw new Error('nothing failed')
}

/** All bytes of a stream in one array. */
export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const copies: Uint8Array[] = []
  for await (const piece of pieces) copies.push(piece.slice())
  return new Uint8Array(Buffer.concat(copies))
}
