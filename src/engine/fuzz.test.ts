/**
 * Whatever bytes come in place of a checkpoint's small files and headers, the outcome is a value or
 * an EngineError, soon, and no more is read than the file holds.
 *
 * The seed is fixed; a failure prints it with the shortest input that fails. For a longer search,
 * `npm run fuzz` (tools/test/fuzz.mjs).
 */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { EngineError } from './errors'
import { parseConfig } from './model/config'
import { checkTensors } from './model/weights'
import { O200K_SPLIT } from './o200k'
import { ggufFiles, joinPieces, type SourceTokenizer } from './testing/gguf-file'
import { readJson, tinyFolder } from './testing/golden'
import { type Files, jsonFile, memorySource, shardFile, tinyFiles } from './testing/memory-source'
import { BYTE_CHARACTERS } from './tokenizer/byte-characters'
import { createTokenizer } from './tokenizer/tokenizer'
import { openCheckpoint, parseShardIndex } from './weights/checkpoint'
import { decodeText, parseJson } from './weights/file-content'
import { parseShardHeader, readShardHeader } from './weights/safetensors'

const runs = Number(process.env.FUZZ_RUNS ?? 1000)
const seed = Number(process.env.FUZZ_SEED ?? 1)

/** Processor time that no input of a few kilobytes may take; most take a thousandth of it. */
const MAX_MS = 1000

type Bytes = Uint8Array<ArrayBuffer>

// ── Inputs ───────────────────────────────────────────────────────────────────────────────────────

type Edit = (bytes: Bytes) => Bytes

const splice = (bytes: Bytes, at: number, removed: number, inserted: Uint8Array): Bytes => {
  const end = Math.min(at + removed, bytes.length)
  const result = new Uint8Array(at + inserted.length + bytes.length - end)
  result.set(bytes.subarray(0, at))
  result.set(inserted, at)
  result.set(bytes.subarray(end), at + inserted.length)
  return result
}

/** A position, as a share of the file so that it stays inside of what earlier edits leave. */
const place = fc.nat(2 ** 31 - 1).map((n) => n / 2 ** 31)
const at = (bytes: Bytes, share: number) => Math.floor(share * bytes.length)

/** Numbers at which arithmetic breaks, as fields of a binary file. */
const field = fc
  .tuple(
    fc.constantFrom(0n, 1n, 31n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
    fc.constantFrom(1, 2, 4, 8),
  )
  .map(([value, length]) => new Uint8Array(BigUint64Array.of(value).buffer).subarray(0, length))

/** JSON values that are seldom expected. */
const values = [
  ...['0', '-1', '1e999', '-1e999', '0.5', '4294967296', '9007199254740993', '1e308', '1e-400'],
  ...['null', 'true', '""', '[]', '{}', '[[]]', '[0]', '"\\ud800"', '"__proto__"', '"../../x"'],
  ...['{"__proto__":{"a":1}}', '{"constructor":1}', '{"a":1,"a":2}', '"(a*)*b"'],
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(20_000)}0${'}'.repeat(20_000)}`,
]

/** Stretches of text that no JSON has, or has elsewhere. */
const shreds = ['NaN', 'Infinity', '-', '01', ',', ':', '"', '{', ']', '\\', '['.repeat(20_000)]

const text = (of: readonly string[]) =>
  fc.constantFrom(...of).map((each) => new TextEncoder().encode(each))

const JSON_SCALAR = /"(?:[^"\\]|\\.)*"|-?\d[\d.e+-]*|true|false|null/g

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(
    ([share, bit]): Edit =>
      (bytes) => {
        const flipped = bytes.slice()
        if (bytes.length > 0) (flipped[at(bytes, share)] as number) ^= 1 << bit
        return flipped
      },
  ),
  place.map(
    (share): Edit =>
      (bytes) =>
        bytes.slice(0, at(bytes, share)),
  ),
  fc.tuple(place, fc.oneof(field, fc.uint8Array({ maxLength: 16 }))).map(
    ([share, inserted]): Edit =>
      (bytes) =>
        splice(bytes, at(bytes, share), inserted.length, inserted),
  ),
  fc.tuple(place, fc.nat(4), fc.oneof(field, text(values), text(shreds))).map(
    ([share, removed, inserted]): Edit =>
      (bytes) =>
        splice(bytes, at(bytes, share), removed, inserted),
  ),
  fc.tuple(place, text(values)).map(
    ([share, inserted]): Edit =>
      (bytes) => {
        const found = [...new TextDecoder('latin1').decode(bytes).matchAll(JSON_SCALAR)]
        const scalar = found[Math.floor(share * found.length)]
        return scalar ? splice(bytes, scalar.index, scalar[0].length, inserted) : bytes
      },
  ),
)

interface Input {
  sound: Bytes
  /** How many of the first bytes are edited; those of weights would change nothing. Default: all. */
  editedBytes?: number
  /** What bytes that never were a file begin with, so as not to be refused at once. */
  magic?: Bytes
}

/** A sound file with a few edits, or bytes that never were a file. */
function spoiled({ sound, editedBytes = sound.length, magic = new Uint8Array() }: Input) {
  const rest = sound.subarray(editedBytes)
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
        const begin = edits.reduce((bytes, change) => change(bytes), sound.slice(0, editedBytes))
        return splice(begin, begin.length, 0, rest)
      }),
    },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 200 })
        .map((bytes) => splice(magic, magic.length, 0, bytes)),
    },
  )
}

// ── What must hold ───────────────────────────────────────────────────────────────────────────────

/**
 * Parses the sound file, then many that are not; anything thrown but an EngineError fails, and so
 * does taking long.
 */
async function holds(input: Input, parse: (bytes: Bytes) => unknown): Promise<void> {
  await parse(input.sound)
  await fc.assert(
    fc.asyncProperty(spoiled(input), async (bytes) => {
      const start = process.cpuUsage()
      try {
        await parse(bytes)
      } catch (error) {
        if (!(error instanceof EngineError)) throw error
      }
      const ms = process.cpuUsage(start).user / 1000
      if (ms > MAX_MS) throw new Error(`took ${ms} ms`)
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
}

/** Files as a source that fails where more is asked of it than they hold, headers twice at most. */
function meteredSource(files: Files) {
  const source = memorySource(files)
  const total = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  let read = 0
  return {
    ...source,
    read(file: string, begin: number, end: number) {
      read += end - begin
      if (!(read <= 2 * total)) throw new Error(`${read} bytes read of ${total}`)
      return source.read(file, begin, end)
    },
  }
}

const parsed = (bytes: Bytes) => parseJson(decodeText(bytes, 'x.json'), 'x.json')

// ── The parsers ──────────────────────────────────────────────────────────────────────────────────

const CONFIG = 'config.json'
const INDEX = 'model.safetensors.index.json'
const SHARD = 'model.safetensors'
const GGUF = 'model.gguf'

/** A tokenizer of the 256 bytes, one pair and one special token. */
const tokenizer: SourceTokenizer & Record<string, unknown> = {
  added_tokens: [{ id: 257, content: '<|end|>' }],
  normalizer: null,
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: O200K_SPLIT }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    ],
  },
  model: {
    type: 'BPE',
    ignore_merges: true,
    vocab: { ...Object.fromEntries(BYTE_CHARACTERS.map((token, id) => [token, id])), ab: 256 },
    merges: [],
  } as SourceTokenizer['model'],
}

/** Makes a tokenizer and uses it. */
function tryTokenizer(json: unknown): void {
  const made = createTokenizer(json)
  made.decode(made.encode('ab c'))
}

describe('hostile bytes', { timeout: 10 * runs + 5000 }, () => {
  const tiny = tinyFiles()
  const file = (name: string) => tiny.get(name) as Bytes

  it('as config.json', () => holds({ sound: file(CONFIG) }, (bytes) => parseConfig(parsed(bytes))))

  it('as the index', () => holds({ sound: file(INDEX) }, (bytes) => parseShardIndex(parsed(bytes))))

  it('as tokenizer.json', () =>
    holds({ sound: jsonFile(tokenizer) }, (bytes) => tryTokenizer(parsed(bytes))))

  const header = {
    __metadata__: { format: 'pt' },
    'model.norm.weight': { dtype: 'BF16', shape: [8], data_offsets: [0, 16] },
    'lm_head.weight': { dtype: 'F32', shape: [2, 4], data_offsets: [16, 48] },
  }
  const dataBytes = 48

  it('as a shard', () =>
    holds({ sound: shardFile(header, dataBytes) }, (bytes) =>
      readShardHeader(meteredSource(new Map([[SHARD, bytes]])), SHARD),
    ))

  it("as the text of a shard's header", () =>
    holds({ sound: jsonFile(header) }, (bytes) =>
      parseShardHeader(bytes, SHARD, 8 + bytes.length + dataBytes),
    ))

  it.each([CONFIG, INDEX])('as %s of a whole checkpoint', (name) =>
    holds({ sound: file(name) }, async (bytes) => {
      const source = meteredSource(new Map(tiny).set(name, bytes))
      const { config, tensors } = await openCheckpoint(source)
      checkTensors(parseConfig(config), tensors)
    }),
  )

  it('as a GGUF', () => {
    const checkpoint = {
      config: {
        ...readJson<Record<string, unknown>>(new URL(CONFIG, tinyFolder)),
        ...{ num_hidden_layers: 1, num_local_experts: 2, num_experts_per_tok: 1 },
        ...{ num_attention_heads: 2, num_key_value_heads: 1, head_dim: 16 },
        ...{ hidden_size: 32, intermediate_size: 32, vocab_size: 258 },
      },
      tokenizer,
      read: (_: string, begin: number, end: number) => new Uint8Array(end - begin),
    }
    const pieces = ggufFiles(checkpoint, { dense: 'Q8_0' }).get(GGUF) ?? []
    const input = {
      sound: joinPieces(pieces),
      editedBytes: pieces[0]?.byteLength ?? 0,
      magic: Uint8Array.of(0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0),
    }
    return holds(input, async (bytes) => {
      const source = meteredSource(new Map([[GGUF, bytes]]))
      const opened = await openCheckpoint(source, { gguf: GGUF })
      checkTensors(parseConfig(opened.config), opened.tensors)
      if (opened.tokenizer !== undefined) tryTokenizer(opened.tokenizer)
    })
  })
})
