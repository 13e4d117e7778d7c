import { readdirSync, readFileSync } from 'node:fs'
import type { ModelConfig } from '../model/config'
import { decode, type ReadTensor, type StoredTensor } from '../reference'
import type { TensorTable } from '../weights/tensor-table'
import { collect } from './memory-source'
import { type FileTensor, readSafetensors } from './safetensors-file'

/** Folder of the small random checkpoint whose every intermediate value is known. */
export const tinyFolder = new URL('./golden/tiny-a/', import.meta.url)
/** Folder of the recipe and the known values of a checkpoint with the real layer shape. */
export const wideFolder = new URL('./golden/wide/', import.meta.url)
/** Folder of what the bundled model must answer. */
export const miniFolder = new URL('./golden/mini/', import.meta.url)
/** Folder of the bundled model. */
export const miniModelFolder = new URL('../../../public/models/gpt-oss-mini/', import.meta.url)

export function readJson<T>(file: URL | string): T {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** One prompt of eval.jsonl, and what the bundled model says to it when decoding greedily. */
export interface EvalCase {
  id: string
  prompt_tokens: number[]
  tokens: number[]
  text: string
}

/** Every prompt of eval.jsonl. */
export function evalCases(): EvalCase[] {
  const lines = readFileSync(new URL('eval.jsonl', miniFolder), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}

/** The prompt of eval.jsonl that has this id. */
export function evalCase(id: string): EvalCase {
  const found = evalCases().find((candidate) => candidate.id === id)
  if (!found) throw new Error(`no case ${id}`)
  return found
}

/** The golden values of one file by key, as numbers; asking for a key it lacks is an error. */
export function readGoldenValues(file: URL): (key: string) => Float64Array {
  const tensors = readSafetensors(file)
  return (key) => decode(existing(tensors, key))
}

/** A small checkpoint's configuration and tensors, read whole. */
export function readCheckpoint(folder: URL): { config: ModelConfig; read: ReadTensor } {
  const tensors = new Map<string, FileTensor>()
  for (const file of readdirSync(folder)) {
    if (!/^model.*\.safetensors$/.test(file)) continue
    for (const [name, tensor] of readSafetensors(new URL(file, folder))) tensors.set(name, tensor)
  }
  return {
    config: modelConfig(readJson(new URL('config.json', folder))),
    read: (name) => tensors.get(name),
  }
}

/** A small checkpoint's tensors, read whole from wherever they lie. */
export async function readTable(table: TensorTable): Promise<ReadTensor> {
  const tensors = new Map<string, StoredTensor>()
  for (const name of table.names())
    tensors.set(name, { dtype: table.get(name).dtype, bytes: await collect(table.read(name)) })
  return (name) => tensors.get(name)
}

/**
 * A sound config.json as a ModelConfig: the same keys in camelCase. The engine's own reader checks
 * every field; this one trusts the golden data.
 */
export function modelConfig(json: object): ModelConfig {
  return camelCaseKeys(json) as ModelConfig
}

function camelCaseKeys(json: object): object {
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? camelCaseKeys(value)
        : value,
    ]),
  )
}

function existing(tensors: ReadonlyMap<string, FileTensor>, name: string): FileTensor {
  const tensor = tensors.get(name)
  if (!tensor) throw new Error(`no tensor ${name}`)
  return tensor
}
