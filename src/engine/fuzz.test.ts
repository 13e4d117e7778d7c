/**
 * Whatever bytes come in place of a checkpoint's small files and headers, the outcome is a value or
 * an EngineError, soon, and no more is read than the file holds.
 *
 * The seed is fixed; a failure prints it with the shortest input that fails. For a longer search:
 *
 *   FUZZ_RUNS=100000 FUZZ_SEED=$RANDOM npx vitest run --project unit src/engine/fuzz.test.ts
 */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { EngineError } from './errors'
import { parseConfig } from './model/config'
import { checkTensors } from './model/weights'
import {
  ggufFiles,
  ggufHeader,
  joinPieces,
  modelMetadata,
  type SourceTokenizer,
} from './testing/gguf-file'
import { readJson, tinyFolder } from './testing/golden'
import { type Files, jsonFile, memorySource, tinyFiles } from './testing/memory-source'
import { BYTE_CHARACTERS } from './tokenizer/byte-characters'
import { createTokenizer } from './tokenizer/tokenizer'
import { openCheckpoint, parseShardIndex } from './weights/checkpoint'
import { decodeText, parseJson } from './weights/file-content'
import { parseShardHeader, readShardHeader } from './weights/safetensors'

const runs = Number(process.env.FUZZ_RUNS ?? 300)
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
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
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

/** A sound file with a few edits, or bytes that never were a file. */
const spoiled = (sound: Bytes, begin: Uint8Array = new Uint8Array()): fc.Arbitrary<Bytes> =>
  fc.oneof(
    {
      arbitrary: fc
        .array(edit, { minLength: 1, maxLength: 4 })
        .map((edits) => edits.reduce((bytes, change) => change(bytes), sound)),
      weight: 5,
    },
    {
      arbitrary: fc
        .uint8Array({ maxLength: 200 })
        .map((bytes) => splice(bytes as Bytes, 0, 0, begin)),
      weight: 1,
    },
  )

// ── What must hold ───────────────────────────────────────────────────────────────────────────────

/** Parses every input; anything thrown but an EngineError fails, and so does taking long. */
async function holds(inputs: fc.Arbitrary<Bytes>, parse: (bytes: Bytes) => unknown): Promise<void> {
  await fc.assert(
    fc.asyncProperty(inputs, async (bytes) => {
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
const SHARD = 'model-00000-of-00001.safetensors'
const GGUF = 'model.gguf'

/** A tokenizer of the 256 bytes, one pair and one special token. */
const tokenizer: SourceTokenizer & Record<string, unknown> = {
  added_tokens: [{ id: 257, content: '<|end|>' }],
  normalizer: null,
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: '\\S+|\\s+' }, behavior: 'Isolated', invert: false },
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

async function openTiny(files: Files): Promise<void> {
  const { config, tensors } = await openCheckpoint(meteredSource(files))
  checkTensors(parseConfig(config), tensors)
}

describe('hostile bytes', () => {
  const tiny = tinyFiles()
  const file = (name: string) => tiny.get(name) as Bytes

  it('as config.json', () => holds(spoiled(file(CONFIG)), (bytes) => parseConfig(parsed(bytes))))

  it('as the index', () => holds(spoiled(file(INDEX)), (bytes) => parseShardIndex(parsed(bytes))))

  it('as tokenizer.json', () =>
    holds(spoiled(jsonFile(tokenizer)), (bytes) => tryTokenizer(parsed(bytes))))

  const shard = file(SHARD)
  const headerEnd = 8 + Number(new DataView(shard.buffer).getBigUint64(0, true))
  const dataBytes = shard.length - headerEnd

  it('as a shard', () =>
    holds(spoiled(shard.slice(0, headerEnd)), (bytes) =>
      readShardHeader(meteredSource(new Map([[SHARD, bytes]])), SHARD),
    ))

  it("as the text of a shard's header", () =>
    holds(spoiled(shard.slice(8, headerEnd)), (bytes) =>
      parseShardHeader(bytes, SHARD, 8 + bytes.length + dataBytes),
    ))

  it.each([CONFIG, INDEX])('as %s of a whole checkpoint', (name) =>
    holds(spoiled(file(name)), (bytes) => openTiny(new Map(tiny).set(name, bytes))),
  )

  const config = {
    ...readJson<Record<string, unknown>>(new URL(CONFIG, tinyFolder)),
    vocab_size: 258,
  }
  const sound = {
    config,
    tokenizer,
    read: (_: string, begin: number, end: number) => new Uint8Array(end - begin),
  }
  const open = async (bytes: Bytes) => {
    const source = meteredSource(new Map([[GGUF, bytes]]))
    const checkpoint = await openCheckpoint(source, { gguf: GGUF })
    checkTensors(parseConfig(checkpoint.config), checkpoint.tensors)
    if (checkpoint.tokenizer !== undefined) tryTokenizer(checkpoint.tokenizer)
  }
  const magic = Uint8Array.of(0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0)

  it('as a GGUF', () => {
    const gguf = [...ggufFiles(sound, { dense: 'Q8_0' }).values()].map(joinPieces)[0] as Bytes
    const header = ggufHeader(modelMetadata(sound, 'Q8_0'), []).length
    // Edits fall on the header: on the weights they change nothing.
    return holds(
      spoiled(gguf.slice(0, 2 * header), magic).map((bytes) => {
        const rest = gguf.subarray(2 * header)
        return splice(bytes, bytes.length, 0, rest)
      }),
      open,
    )
  })

  it('as the metadata of a GGUF', () =>
    holds(spoiled(ggufHeader(modelMetadata(sound, 'F32'), []), magic), open))
})
