/**
 * Wrong and hostile files in the place of a model's: each is refused with an error that says what is
 * wrong, before anything large is read and before anything is kept.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readModel } from './read-model'
import { startServer } from './testing/file-server'
import {
  type GgufEntry,
  ggufFiles,
  ggufHeader,
  joinPieces,
  type SourceTokenizer,
} from './testing/gguf-file'
import { miniModelFolder, readJson } from './testing/golden'
import {
  type Files,
  failure,
  jsonFile,
  type MemorySource,
  memorySource,
  shardFile,
  tinyFiles,
  utf8,
} from './testing/memory-source'
import { readSafetensors } from './testing/safetensors-file'
import { downloadCheckpoint } from './weights/download'
import { createHttpSource } from './weights/http-source'
import { createMemoryShardStore } from './weights/memory-shard-store'

const CONFIG = 'config.json'
const TOKENIZER = 'tokenizer.json'
const INDEX = 'model.safetensors.index.json'
const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const
const GGUF = 'model.gguf'

const mini: Files = new Map(
  readdirSync(miniModelFolder)
    .filter((name) => !name.endsWith('.md'))
    .map((name) => [name, new Uint8Array(readFileSync(new URL(name, miniModelFolder)))]),
)

type Json = Record<string, unknown>
const config = readJson<Json>(new URL(CONFIG, miniModelFolder))
const tokenizer = readJson<SourceTokenizer & Json>(new URL(TOKENIZER, miniModelFolder))
const index = readJson<{ weight_map: Record<string, string> }>(new URL(INDEX, miniModelFolder))

/** The bundled model with one file replaced. */
const having = (name: string, bytes: Uint8Array<ArrayBuffer>): Files =>
  new Map(mini).set(name, bytes)
const havingConfig = (changes: Json) => having(CONFIG, jsonFile({ ...config, ...changes }))
const havingConfigText = (from: string, to: string) =>
  having(CONFIG, utf8(JSON.stringify(config).replace(from, to)))
const havingTokenizer = (changes: Json) => having(TOKENIZER, jsonFile({ ...tokenizer, ...changes }))

/** Tries to download a model that is expected to fail; nothing may be left of it. */
async function refusal(source: MemorySource, gguf?: string) {
  const store = createMemoryShardStore()
  const data = await failure(
    downloadCheckpoint({
      source,
      gguf,
      store,
      model: 'hostile',
      validate: (checkpoint) => void readModel(checkpoint),
    }),
  )
  expect(await store.list()).toEqual([])
  return data
}

/** Bytes that were read of files that hold weights. */
const weightBytesRead = ({ reads }: MemorySource) =>
  reads
    .filter(({ file }) => file.endsWith('.safetensors') || file.endsWith('.gguf'))
    .reduce((sum, { begin, end }) => sum + end - begin, 0)

describe('a hostile folder', () => {
  it('is none before it is changed', async () => {
    const store = createMemoryShardStore()
    const validate = (checkpoint: Parameters<typeof readModel>[0]) => void readModel(checkpoint)
    await downloadCheckpoint({ source: memorySource(mini), store, model: 'mini', validate })
    expect(await store.list()).toHaveLength(1)
  })

  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  it.each([
    {
      because: 'it is a Llama',
      files: havingConfig({ architectures: ['LlamaForCausalLM'], model_type: 'llama' }),
      error: { code: 'model-unsupported', file: CONFIG, problem: /^model_type is "llama"/ },
    },
    {
      because: 'its numbers are NaN',
      files: havingConfigText('"rms_norm_eps":0.00001', '"rms_norm_eps":NaN'),
      error: { file: CONFIG, problem: /is not JSON/ },
    },
    {
      because: 'its numbers are infinite',
      files: havingConfigText('"rms_norm_eps":0.00001', '"rms_norm_eps":1e999'),
      error: { file: CONFIG, problem: /^rms_norm_eps is Infinity, not a finite number/ },
    },
    {
      because: 'its sizes are infinite',
      files: havingConfigText('"vocab_size":1536', '"vocab_size":-1e999'),
      error: { file: CONFIG, problem: /^vocab_size is -Infinity, not a whole number/ },
    },
    {
      because: 'its sizes are absurd',
      files: havingConfig({ vocab_size: 2 ** 31 - 1 }),
      error: { file: SHARDS[1], problem: /calls for .*\[2147483647, 128\]/ },
    },
    {
      because: 'it has more layers than it lists',
      files: havingConfig({ num_hidden_layers: 2 ** 31 - 1 }),
      error: { file: CONFIG, problem: /4 entries for num_hidden_layers 2147483647/ },
    },
    {
      because: 'its configuration hides behind __proto__',
      files: having(CONFIG, utf8(`{"__proto__":${JSON.stringify(config)}}`)),
      error: { file: CONFIG, problem: /^model_type is missing/ },
    },
    {
      because: 'its configuration is nested without end',
      files: having(CONFIG, utf8(`{"model_type":${deep(100_000)}}`)),
      error: {
        code: 'model-unsupported',
        file: CONFIG,
        problem: /^model_type is a value too deep/,
      },
    },
    {
      because: 'its index leads out of the folder',
      files: having(INDEX, jsonFile({ weight_map: { x: '../../other/model.safetensors' } })),
      error: { file: INDEX, problem: /which is no shard's name/ },
    },
    {
      because: 'its index leads to another server',
      files: having(INDEX, jsonFile({ weight_map: { x: 'https://x.example/x.safetensors' } })),
      error: { file: INDEX, problem: /which is no shard's name/ },
    },
    {
      because: 'its index hides a path behind percent signs',
      files: having(INDEX, jsonFile({ weight_map: { x: '%2e%2e/x.safetensors' } })),
      error: { file: INDEX, problem: /which is no shard's name/ },
    },
    {
      because: 'its index lists a tensor called __proto__',
      files: having(
        INDEX,
        utf8(
          JSON.stringify(index).replace(
            '"weight_map":{',
            `"weight_map":{"__proto__":"${SHARDS[0]}",`,
          ),
        ),
      ),
      error: { file: SHARDS[0], problem: /does not hold tensor "__proto__"/ },
    },
    {
      because: 'its index is nested without end',
      files: having(INDEX, utf8(`{"weight_map":{"x":${deep(100_000)}}}`)),
      error: { file: INDEX, problem: /places tensor "x" in a value too deep/ },
    },
    {
      because: 'a shard is of another model',
      files: having(SHARDS[1], tinyFiles().get('model-00001-of-00001.safetensors') ?? utf8('')),
      error: { file: SHARDS[1], problem: /^holds tensor .* which model.safetensors.index.json/ },
    },
    {
      because: 'a shard announces a header of 1 GB',
      files: having(SHARDS[1], new Uint8Array(BigUint64Array.of(2n ** 30n).buffer)),
      error: { file: SHARDS[1], problem: /a header of 1073741824 bytes, which reaches beyond/ },
    },
    {
      because: 'a shard has tensors without elements',
      files: (() => {
        const weightMap: Record<string, string> = {}
        const header: Json = {}
        for (const name of Object.keys(index.weight_map)) {
          weightMap[name] = SHARDS[0]
          header[name] = { dtype: 'BF16', shape: [0], data_offsets: [0, 0] }
        }
        return having(INDEX, jsonFile({ weight_map: weightMap })).set(
          SHARDS[0],
          shardFile(header, 0),
        )
      })(),
      error: {
        file: SHARDS[0],
        problem: /embed_tokens.weight" is BF16 \[0\], and config.json calls/,
      },
    },
    {
      because: 'its tokenizer is nested without end',
      files: having(TOKENIZER, utf8(deep(200_000))),
      error: { file: TOKENIZER, problem: /not a JSON object/ },
    },
    {
      because: 'its tokenizer hides behind __proto__',
      files: having(TOKENIZER, utf8(`{"__proto__":${JSON.stringify(tokenizer)}}`)),
      error: { file: TOKENIZER, problem: /model.type is not "BPE"/ },
    },
    {
      because: 'its tokenizer has a token far above all others',
      files: havingTokenizer({ added_tokens: [{ id: 2 ** 40, content: '<|end|>' }] }),
      error: { file: TOKENIZER, problem: /added_tokens\[0\] lacks an id/ },
    },
    {
      because: 'its tokenizer has more tokens than the model has rows for',
      files: havingTokenizer({
        added_tokens: [...tokenizer.added_tokens, { id: 1536, content: '<|extra|>' }],
      }),
      error: { file: TOKENIZER, problem: /^has 1537 tokens, and the model of config.json 1536:/ },
    },
    {
      because: 'its tokenizer lacks the tokens of a conversation',
      files: havingTokenizer({ added_tokens: [] }),
      error: { file: TOKENIZER, problem: /no special token/ },
    },
  ])('is refused when $because', async ({ files, error }) => {
    const source = memorySource(files)
    const { problem, ...facts } = { code: 'file-invalid', ...error }
    expect(await refusal(source)).toEqual({ ...facts, problem: expect.stringMatching(problem) })
    expect(weightBytesRead(source)).toBeLessThan(20_000)
  })

  it('is refused for a tokenizer.json longer than any, which is not read', async () => {
    const source = memorySource(mini)
    const huge: MemorySource = {
      ...source,
      byteLength: async (file) => (file === TOKENIZER ? 2 ** 30 : source.byteLength(file)),
    }
    expect(await refusal(huge)).toMatchObject({
      code: 'file-invalid',
      file: TOKENIZER,
      problem: expect.stringMatching(/1073741824 bytes long, more than/),
    })
    expect(source.reads.some(({ file }) => file === TOKENIZER)).toBe(false)
  })
})

describe('a tokenizer.json that a server packs', () => {
  const bomb = gzipSync(Buffer.alloc(32 * 2 ** 20, '[1],'))

  it.each([
    {
      because: 'it unpacks to more than the server said',
      status: 206,
      headers: { 'Content-Range': 'bytes 0-4095/4096' },
      problem: /is not JSON/,
    },
    {
      because: 'only its packed length is known',
      status: 200,
      headers: { 'Content-Length': String(bomb.length) },
      problem: /comes from a server that does not tell its length/,
    },
  ])('is not unpacked when $because', async ({ status, headers, problem }) => {
    let longest = 0
    const { baseUrl } = await startServer((request, response) => {
      const name = request.url?.split('/').at(-1) ?? ''
      if (name !== TOKENIZER) {
        response.writeHead(200, { 'Content-Length': mini.get(name)?.length ?? 0 })
        response.end(mini.get(name))
        return
      }
      response.writeHead(status, { ...headers, 'Content-Encoding': 'gzip' }).end(bomb)
    })
    const source = createHttpSource(baseUrl, fetch)
    const measured: MemorySource = {
      ...source,
      reads: [],
      async *read(file, begin, end, signal) {
        let received = 0
        for await (const bytes of source.read(file, begin, end, signal)) {
          received += bytes.length
          yield bytes
        }
        longest = Math.max(longest, file === TOKENIZER ? received : 0)
      },
    }
    expect(await refusal(measured)).toMatchObject({
      code: 'file-invalid',
      file: TOKENIZER,
      problem: expect.stringMatching(problem),
    })
    expect(longest).toBeLessThanOrEqual(4096)
  })
})

describe('a hostile GGUF', () => {
  const tensors = new Map(
    SHARDS.flatMap((shard) => [...readSafetensors(new URL(shard, miniModelFolder))]),
  )
  const checkpoint = {
    config,
    tokenizer,
    read: (name: string, begin: number, end: number) =>
      (tensors.get(name)?.bytes ?? new Uint8Array()).subarray(begin, end),
  }
  const pieces = ggufFiles(checkpoint, { dense: 'BF16' }).get(GGUF) ?? []
  const sound = joinPieces(pieces)

  it('is none before it is changed', async () => {
    const store = createMemoryShardStore()
    await downloadCheckpoint({
      source: memorySource(new Map([[GGUF, sound]])),
      gguf: GGUF,
      store,
      model: 'mini',
      validate: (opened) => void readModel(opened),
    })
    expect(await store.list()).toHaveLength(1)
  })

  /** The file with other bytes in its header, from the first place on where `text` stands. */
  const having = (text: string, skip: number, bytes: number[]) => {
    const changed = sound.slice()
    const at = Buffer.from(changed.buffer).indexOf(text)
    changed.set(bytes, at + text.length + skip)
    return changed
  }
  const u64 = (value: bigint) => [...new Uint8Array(BigUint64Array.of(value).buffer)]
  /** Before a tensor's dimensions stands their number, before a value its type. */
  const NEXT = 4

  const llama: GgufEntry[] = [
    ['general.architecture', 'string', 'llama'],
    ['llama.block_count', 'u32', 32],
  ]
  it.each([
    {
      because: 'it is a Llama',
      bytes: ggufHeader(llama, [
        { name: 'token_embd.weight', type: 12, shape: [1, 256], offset: 0 },
      ]),
      error: { code: 'model-unsupported', problem: /^general.architecture is "llama"/ },
    },
    {
      because: 'it is a safetensors file by its content',
      bytes: mini.get(SHARDS[0]) ?? utf8(''),
      error: { problem: /does not begin as a GGUF file does/ },
    },
    {
      because: 'it counts 2⁶⁴ − 1 tensors',
      bytes: having('GGUF', NEXT, u64(2n ** 64n - 1n)),
      error: { problem: /announces 18446744073709552000 tensors/ },
    },
    {
      because: 'a dimension overflows',
      bytes: having('token_embd.weight', NEXT, u64(2n ** 62n)),
      error: { problem: /tensor "token_embd.weight" has an impossible shape/ },
    },
    {
      because: 'a tensor has no elements',
      bytes: having('token_embd.weight', NEXT, u64(0n)),
      error: { problem: /tensor "token_embd.weight" has an impossible shape \[1536,0\]/ },
    },
    {
      because: 'a tensor lies beyond the end',
      bytes: having('output_norm.weight', NEXT + 8 + 4, u64(2n ** 50n)),
      error: { problem: /tensor "lm_head.weight" at byte \d+ leaves a gap before it/ },
    },
    {
      because: 'tensors overlap',
      bytes: having('output_norm.weight', NEXT + 8 + 4, u64(0n)),
      error: { problem: /overlaps what is before it/ },
    },
    {
      because: 'a size disagrees with the tensors',
      bytes: having('gpt-oss.embedding_length', NEXT, [64, 0, 0, 0]),
      error: {
        problem: /"model.embed_tokens.weight" is BF16 \[1536, 128\], and model.gguf calls/,
      },
    },
    {
      because: 'it has no experts',
      bytes: having('gpt-oss.expert_count', NEXT, [0, 0, 0, 0]),
      error: { problem: /^num_local_experts is 0, not a whole number/ },
    },
    {
      because: 'the epsilon is NaN',
      bytes: having('gpt-oss.attention.layer_norm_rms_epsilon', NEXT, [0, 0, 0xc0, 0x7f]),
      error: { problem: /layer_norm_rms_epsilon NaN, which is not a finite number/ },
    },
  ])('is refused when $because', async ({ bytes, error }) => {
    const source = memorySource(new Map([[GGUF, bytes]]))
    const { problem, ...facts } = { code: 'file-invalid', file: GGUF, ...error }
    expect(await refusal(source, GGUF)).toEqual({
      ...facts,
      problem: expect.stringMatching(problem),
    })
    expect(weightBytesRead(source)).toBeLessThanOrEqual(256 * 1024)
  })

  it('is refused when it has no tokenizer', async () => {
    const files = ggufFiles({ ...checkpoint, tokenizer: undefined }, { dense: 'BF16' })
    const source = memorySource(new Map([[GGUF, joinPieces(files.get(GGUF) ?? [])]]))
    expect(await refusal(source, GGUF)).toMatchObject({ code: 'file-missing', file: TOKENIZER })
  })
})
