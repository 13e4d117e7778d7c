import { EngineError } from '../errors'
import { decodeText, fileInvalid, HTML_PROBLEM, isObject, parseJson, quoted } from './file-content'
import { openGguf } from './gguf-checkpoint'
import { readShardHeader } from './safetensors'
import { readAll, type ShardSource, type SourceFile } from './shard-source'
import { type TensorEntry, TensorTable } from './tensor-table'

const CONFIG = 'config.json'
const GENERATION_CONFIG = 'generation_config.json'
const TOKENIZER = 'tokenizer.json'
const INDEX = 'model.safetensors.index.json'
const SINGLE_SHARD = 'model.safetensors'

/** Longest file of each kind that is read; the real ones have 2 KB, 28 MB and 55 KB. */
const MAX_CONFIG_BYTES = 1024 * 1024
const MAX_TOKENIZER_BYTES = 64 * 1024 * 1024
const MAX_INDEX_BYTES = 16 * 1024 * 1024

/** Most shards that are asked for; the largest gpt-oss has 15. */
const MAX_SHARDS = 1000

/**
 * A model's small files and headers, read and checked: in the Hugging Face layout (spec section 1.2),
 * or of a GGUF, which says the same in other words.
 */
export interface Checkpoint {
  /** config.json: an untrusted JSON value, for `parseConfig`. */
  config: unknown
  /** The file that says it, for errors; likewise for the tokenizer. */
  configFile: string
  /** generation_config.json likewise; undefined when there is none. */
  generationConfig: unknown
  /** tokenizer.json likewise, without its merges, for `createTokenizer`; undefined when there is none. */
  tokenizer: unknown
  tokenizerFile: string
  tensors: TensorTable
  /** Every file that the model is made of, small ones first. */
  files: readonly SourceFile[]
}

export interface OpenOptions {
  /**
   * The GGUF file that holds the model, or the first of the files that it is split into (see
   * `findGguf`). Left out, the source is a folder in the Hugging Face layout.
   */
  gguf?: string | undefined
  signal?: AbortSignal | undefined
}

/**
 * Reads a checkpoint's small files and its shards' headers, and checks that they fit together:
 * index and shards must name the same tensors in the same places. Of the weights nothing is read.
 * @throws EngineError `file-missing`, `file-invalid`, `file-truncated`, or what the source throws
 */
export async function openCheckpoint(
  source: ShardSource,
  { gguf, signal }: OpenOptions = {},
): Promise<Checkpoint> {
  if (gguf === undefined) return openFolder(source, signal)
  const { entries, files, ...contents } = await openGguf(source, gguf, signal)
  const file = files[0]?.name ?? gguf
  const tensors = new TensorTable(source, entries, file)
  return { ...contents, configFile: file, tokenizerFile: file, tensors, files }
}

/** Opens a folder in the Hugging Face layout. */
async function openFolder(
  source: ShardSource,
  signal: AbortSignal | undefined,
): Promise<Checkpoint> {
  const files: SourceFile[] = []
  const readText = async (file: string, maxBytes: number) => {
    const bytes = await readAll(source, file, maxBytes, signal)
    const text = decodeText(bytes, file)
    files.push({ name: file, byteLength: bytes.length })
    return text
  }
  const readJson = async (file: string, maxBytes: number) =>
    parseJson(await readText(file, maxBytes), file)

  const config = await readJson(CONFIG, MAX_CONFIG_BYTES)
  const generationConfig = await readJson(GENERATION_CONFIG, MAX_CONFIG_BYTES).catch(ifAbsent)
  const tokenizer = await readJson(TOKENIZER, MAX_TOKENIZER_BYTES).then(withoutMerges, ifMissing)

  let noIndex: unknown
  const index = await readJson(INDEX, MAX_INDEX_BYTES).then(parseShardIndex, (error) => {
    noIndex = error
    return ifAbsent(error)
  })
  const shards = await Promise.all(
    (index?.shards ?? [SINGLE_SHARD]).map((file) =>
      openShard(source, file, signal).catch((error) => {
        // Neither an index nor a single shard: where a page stood in the index's place, say that.
        if (index === undefined && isAbsence(error) && !isMissing(noIndex)) throw noIndex
        throw isMissing(error)
          ? new EngineError({ ...error.data, neededBy: index ? INDEX : `a model without ${INDEX}` })
          : error
      }),
    ),
  )
  const entries = shards.flatMap((shard) => shard.entries)
  if (index !== undefined) compareWithIndex(index, entries)

  return {
    config,
    configFile: CONFIG,
    generationConfig,
    tokenizer,
    tokenizerFile: TOKENIZER,
    tensors: new TensorTable(source, entries, index === undefined ? SINGLE_SHARD : INDEX),
    files: [...files, ...shards.map((shard) => shard.file)],
  }
}

/** Merges are most of a tokenizer.json, 33 MB once parsed; whoever merges by the lowest id reads none of them. */
function withoutMerges(tokenizer: unknown): unknown {
  if (isObject(tokenizer) && isObject(tokenizer.model)) delete tokenizer.model.merges
  return tokenizer
}

async function openShard(source: ShardSource, file: string, signal: AbortSignal | undefined) {
  const entries = await readShardHeader(source, file, signal)
  return { entries, file: { name: file, byteLength: await source.byteLength(file, signal) } }
}

/**
 * Which of these files to open as a GGUF: the outermost one, of a split model its first part.
 * Undefined where there is none, and where safetensors lie no deeper: those are the model then.
 * @param names paths of files, as the user picked them or as a store lists them
 * @throws EngineError `request-invalid` when several models lie side by side
 */
export function findGguf(names: Iterable<string>): string | undefined {
  const depth = (name: string) => name.split('/').length
  const all = [...names]
  const candidates = all.filter(
    (name) => /\.gguf$/i.test(name) && !/-(?!00001-)\d{5}-of-\d{5}\.gguf$/i.test(name),
  )
  const outermost = Math.min(...candidates.map(depth))
  if (all.some((name) => name.endsWith('.safetensors') && depth(name) <= outermost))
    return undefined
  const [gguf, ...others] = candidates.filter((name) => depth(name) === outermost)
  if (others.length > 0) {
    const problem = `these are several models; choose one: ${[gguf, ...others].join(', ')}`
    throw new EngineError({ code: 'request-invalid', problem })
  }
  return gguf
}

/** What a model.safetensors.index.json says (spec section 1.3). */
export interface ShardIndex {
  /** Shards in the order of their names. */
  shards: readonly string[]
  /** Tensor name → shard. */
  shardOf: ReadonlyMap<string, string>
  /** All tensors' bytes together; undefined when the index does not tell. */
  totalBytes: number | undefined
}

/**
 * Checks an index. A shard's name must stay inside the checkpoint's folder: no URL, no absolute
 * path, no way up.
 * @throws EngineError `file-invalid`
 */
export function parseShardIndex(json: unknown): ShardIndex {
  if (!isObject(json)) throw fileInvalid(INDEX, 'is not a JSON object')
  const { weight_map: weightMap, metadata } = json
  if (!isObject(weightMap)) throw fileInvalid(INDEX, 'has no weight_map')

  const shardOf = new Map<string, string>()
  for (const [tensor, shard] of Object.entries(weightMap)) {
    if (typeof shard !== 'string' || !isShardName(shard)) {
      const problem = `places tensor ${quoted(tensor)} in ${quoted(shard)}, which is no shard's name`
      throw fileInvalid(INDEX, problem)
    }
    shardOf.set(tensor, shard)
  }
  if (shardOf.size === 0) throw fileInvalid(INDEX, 'has an empty weight_map')

  const totalBytes = isObject(metadata) ? metadata.total_size : undefined
  if (totalBytes !== undefined && typeof totalBytes !== 'number') {
    throw fileInvalid(INDEX, `has the total_size ${quoted(totalBytes)}, not a number`)
  }
  const shards = [...new Set(shardOf.values())].sort()
  if (shards.length > MAX_SHARDS) throw fileInvalid(INDEX, `names ${shards.length} shards`)
  return { shards, shardOf, totalBytes }
}

function isShardName(name: string): boolean {
  const isPlain = (part: string) => /^[\w.-]+$/.test(part) && !/^\.+$/.test(part)
  return name.endsWith('.safetensors') && name.split('/').every(isPlain)
}

/** @throws EngineError `file-invalid` where the index and the shards' own headers disagree */
function compareWithIndex(index: ShardIndex, entries: readonly TensorEntry[]): void {
  const found = new Set<string>()
  let bytes = 0
  for (const { name, file, byteLength } of entries) {
    const listed = index.shardOf.get(name)
    if (listed !== file) {
      const place = listed === undefined ? 'does not list' : `places in ${listed}`
      throw fileInvalid(file, `holds tensor ${quoted(name)}, which ${INDEX} ${place}`)
    }
    found.add(name)
    bytes += byteLength
  }
  for (const [name, file] of index.shardOf) {
    if (!found.has(name)) {
      throw fileInvalid(file, `does not hold tensor ${quoted(name)}, which ${INDEX} places there`)
    }
  }
  if (index.totalBytes !== undefined && index.totalBytes !== bytes) {
    throw fileInvalid(
      INDEX,
      `gives a total_size of ${index.totalBytes} bytes, and the shards' tensors take ${bytes}`,
    )
  }
}

type FileMissing = EngineError & { data: { code: 'file-missing' } }

function isMissing(error: unknown): error is FileMissing {
  return error instanceof EngineError && error.data.code === 'file-missing'
}

/** A file is absent where it is missing, and where a server of pages sends a page in its place. */
function isAbsence(error: unknown): boolean {
  if (!(error instanceof EngineError)) return false
  const { data } = error
  return isMissing(error) || (data.code === 'file-invalid' && data.problem === HTML_PROBLEM)
}

/** For an optional file: nothing, unless something other than its lack went wrong. */
function ifMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}

function ifAbsent(error: unknown): undefined {
  if (!isAbsence(error)) throw error
}
