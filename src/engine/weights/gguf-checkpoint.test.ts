import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../model/config'
import { decode, decodeMxfp4 } from '../reference'
import {
  type DenseType,
  type GgufEntry,
  type GgufEntryValue,
  type GgufOptions,
  type GgufTensorLine,
  type GgufType,
  ggufFiles,
  ggufHeader,
  joinPieces,
  modelMetadata,
  type SourceCheckpoint,
  type SourceTokenizer,
} from '../testing/gguf-file'
import { miniFolder, miniModelFolder, readJson, tinyFolder } from '../testing/golden'
import { collect, type Files, failure, memorySource } from '../testing/memory-source'
import { type FileTensor, readSafetensors } from '../testing/safetensors-file'
import { gptOssFolder, tokenizerGoldenFolder } from '../testing/tokenizers'
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer'
import { openCheckpoint } from './checkpoint'
import type { TensorTable } from './tensor-table'

/** A checkpoint of golden/ or the bundled model, read whole. */
function readFolder(folder: URL) {
  const tensors = new Map<string, FileTensor>()
  for (const file of readdirSync(folder)) {
    if (!/^model.*\.safetensors$/.test(file)) continue
    for (const [name, tensor] of readSafetensors(new URL(file, folder))) tensors.set(name, tensor)
  }
  const find = (name: string) => {
    const tensor = tensors.get(name)
    if (tensor === undefined) throw new Error(`no tensor ${name}`)
    return tensor
  }
  const config = readJson<Record<string, unknown>>(new URL('config.json', folder))
  return {
    config,
    read: (name: string, begin: number, end: number) => find(name).bytes.subarray(begin, end),
    values: (name: string) => decode(find(name)),
    bytes: (name: string) => find(name).bytes,
  }
}

const tiny = readFolder(tinyFolder)
const mini = {
  ...readFolder(miniModelFolder),
  tokenizer: readJson<SourceTokenizer>(new URL('tokenizer.json', miniModelFolder)),
}

/** Files in memory, as a test may spoil them. */
function filesOf(checkpoint: SourceCheckpoint, options: Partial<GgufOptions> = {}): Files {
  const files = ggufFiles(checkpoint, { dense: 'BF16', ...options })
  return new Map([...files].map(([name, pieces]) => [name, joinPieces(pieces)]))
}

const open = (files: Files, gguf = 'model.gguf') => openCheckpoint(memorySource(files), { gguf })

/** Compares bits: quicker than element by element, and 0 is not −0. */
function expectSame(found: Float64Array, wanted: Float64Array, name: string) {
  expect(found.length, name).toBe(wanted.length)
  expect(Buffer.compare(new Uint8Array(found.buffer), new Uint8Array(wanted.buffer)), name).toBe(0)
}

async function tableValues(tensors: TensorTable, name: string): Promise<Float64Array> {
  const { dtype } = tensors.get(name)
  return decode({ dtype, bytes: await collect(tensors.read(name)) })
}

describe('openCheckpoint on a GGUF', () => {
  it.each([
    { what: 'the small checkpoint', checkpoint: tiny },
    { what: 'the bundled model', checkpoint: mini },
  ])('finds the same configuration as config.json has: $what', async ({ checkpoint }) => {
    const { config } = await open(filesOf(checkpoint))
    expect(parseConfig(config)).toEqual(parseConfig(checkpoint.config))
  })

  const exact = () => 0
  it.each<{ dense: DenseType; error: (largest: number) => number }>([
    { dense: 'BF16', error: exact },
    { dense: 'F32', error: exact },
    { dense: 'F16', error: (largest) => largest * 2 ** -11 },
    { dense: 'Q8_0', error: (largest) => (largest / 127) * (0.5 + 2 ** -4) },
  ])('finds every tensor by its usual name: $dense', async ({ dense, error }) => {
    const { tensors } = await open(filesOf(tiny, { dense }))
    expect(tensors.size).toBe(4 * 19 + 3)

    for (const [name, shape] of [
      ['model.embed_tokens.weight', [512, 128]],
      ['lm_head.weight', [512, 128]],
      ['model.layers.0.self_attn.q_proj.weight', [256, 128]],
      ['model.layers.1.self_attn.k_proj.weight', [128, 128]],
      ['model.layers.2.self_attn.v_proj.weight', [128, 128]],
      ['model.layers.3.self_attn.o_proj.weight', [128, 256]],
    ] as const) {
      expect(tensors.get(name), name).toMatchObject({ dtype: dense, shape })
      const found = await tableValues(tensors, name)
      const wanted = tiny.values(name)
      const largest = wanted.reduce((max, x) => Math.max(max, Math.abs(x)), 0)
      const worst = wanted.reduce((max, x, i) => Math.max(max, Math.abs(x - (found[i] ?? NaN))), 0)
      expect(worst, name).toBeLessThanOrEqual(error(largest))
    }
  })

  it('finds vectors and the router in F32', async () => {
    const { tensors } = await open(filesOf(tiny, { dense: 'Q8_0' }))
    for (const [name, shape] of [
      ['model.norm.weight', [128]],
      ['model.layers.0.input_layernorm.weight', [128]],
      ['model.layers.0.post_attention_layernorm.weight', [128]],
      ['model.layers.1.self_attn.sinks', [4]],
      ['model.layers.1.self_attn.q_proj.bias', [256]],
      ['model.layers.1.self_attn.k_proj.bias', [128]],
      ['model.layers.1.self_attn.v_proj.bias', [128]],
      ['model.layers.2.self_attn.o_proj.bias', [128]],
      ['model.layers.3.mlp.router.weight', [8, 128]],
      ['model.layers.3.mlp.router.bias', [8]],
      ['model.layers.3.mlp.experts.down_proj_bias', [8, 128]],
    ] as const) {
      expect(tensors.get(name), name).toMatchObject({ dtype: 'F32', shape })
      expectSame(await tableValues(tensors, name), tiny.values(name), name)
    }
  })

  it("finds the experts' gates and ups apart, and the same numbers in them", async () => {
    const { tensors } = await open(filesOf(tiny))
    const prefix = 'model.layers.2.mlp.experts'
    const hf = (name: string) =>
      decodeMxfp4(tiny.bytes(`${prefix}.${name}_blocks`), tiny.bytes(`${prefix}.${name}_scales`))
    const everyOther = (values: Float64Array, rowLength: number, first: number) =>
      values.filter((_, i) => Math.floor(i / rowLength) % 2 === first)

    expect(tensors.get(`${prefix}.gate_proj`)).toMatchObject({
      dtype: 'MXFP4',
      shape: [8, 96, 128],
    })
    expect(tensors.get(`${prefix}.up_proj`)).toMatchObject({ dtype: 'MXFP4', shape: [8, 96, 128] })
    expect(tensors.get(`${prefix}.down_proj`)).toMatchObject({
      dtype: 'MXFP4',
      shape: [8, 128, 96],
    })
    const gateUp = hf('gate_up_proj')
    const gateUpBias = tiny.values(`${prefix}.gate_up_proj_bias`)
    for (const [first, name] of ['gate_proj', 'up_proj'].entries()) {
      const weights = await tableValues(tensors, `${prefix}.${name}`)
      expectSame(weights, everyOther(gateUp, 128, first), name)
      const bias = await tableValues(tensors, `${prefix}.${name}_bias`)
      expectSame(bias, everyOther(gateUpBias, 1, first), name)
    }
    const down = `${prefix}.down_proj`
    expectSame(await tableValues(tensors, down), hf('down_proj'), down)
  })

  it('lists the file, and reads nothing but its beginning', async () => {
    const source = memorySource(filesOf(mini))
    const fileBytes = await source.byteLength('model.gguf')
    const opened = await openCheckpoint(source, { gguf: 'model.gguf' })
    expect(opened.files).toEqual([{ name: 'model.gguf', byteLength: fileBytes }])
    expect(opened).toMatchObject({ configFile: 'model.gguf', tokenizerFile: 'model.gguf' })
    expect(opened.generationConfig).toEqual({
      bos_token_id: 1526,
      eos_token_id: 1528,
      pad_token_id: 1527,
    })
    expect(opened.tensors.listedIn).toBe('model.gguf')
    expect(source.reads).toEqual([{ file: 'model.gguf', begin: 0, end: 256 * 1024 }])
    expect(fileBytes).toBeGreaterThan(1024 * 1024)
  })

  it('has no tokenizer where the file has none', async () => {
    expect((await open(filesOf(tiny))).tokenizer).toBeUndefined()
  })
})

describe('a GGUF in parts', () => {
  const name = (part: number) => `model-0000${part}-of-00003.gguf`
  const parts = (checkpoint: SourceCheckpoint = tiny): Files => filesOf(checkpoint, { parts: 3 })
  const fewerLayers = { ...tiny, config: { ...tiny.config, num_hidden_layers: 2 } }

  it('is found whole, whichever part is named', async () => {
    const whole = (await open(filesOf(tiny))).tensors
    for (const part of [1, 2, 3]) {
      const { config, tensors, files } = await open(parts(), name(part))
      expect(parseConfig(config)).toEqual(parseConfig(tiny.config))
      expect(files.map((file) => file.name)).toEqual([name(1), name(2), name(3)])
      expect([...tensors.names()]).toEqual([...whole.names()])
      expect(new Set([...tensors.names()].map((each) => tensors.get(each).file)).size).toBe(3)
    }
  })

  it('may have metadata alone in its first part', async () => {
    const [first, second] = ['x-00001-of-00002.gguf', 'x-00002-of-00002.gguf'] as const
    const split = (part: number): GgufEntry[] => [
      ['split.no', 'u16', part],
      ['split.count', 'u16', 2],
      ['split.tensors.count', 'i32', 4],
    ]
    const metadata = [...modelMetadata(tiny, 'F32'), ...split(0)]
    const vectors = ['token_embd.weight', 'a', 'b', 'c'].map((each, i) => ({
      name: each,
      type: 0,
      shape: [1, 8],
      offset: 32 * i,
    }))
    const files: Files = new Map([
      [first, ggufHeader(metadata, [], { alignment: 1 })],
      [second, concat(ggufHeader(split(1), vectors), new Uint8Array(128))],
    ])
    expect((await open(files, first)).tensors.get('c')).toMatchObject({ file: second })
  })

  /** The parts with another file, or none, in the place of `to`. */
  const replaced = (to: string, bytes: Uint8Array<ArrayBuffer> | undefined) => {
    const files = parts()
    if (bytes === undefined) files.delete(to)
    else files.set(to, bytes)
    return files
  }
  it.each([
    {
      because: 'a part is missing',
      files: replaced(name(2), undefined),
      error: { code: 'file-missing', file: name(2), neededBy: name(1) },
    },
    {
      because: 'a part is there twice under two names',
      files: replaced(name(3), parts().get(name(2))),
      error: { file: name(3), problem: /is part 2 of 3, and is part 3 of 3 by its name/ },
    },
    {
      because: 'it has lost the name that tells the others',
      files: replaced('model.gguf', parts().get(name(1))),
      gguf: 'model.gguf',
      error: { file: 'model.gguf', problem: /is part 1 of 3, and is the only one by its name/ },
    },
    {
      because: 'a part is of a model with fewer tensors',
      files: replaced(name(2), parts(fewerLayers).get(name(2))),
      error: { file: name(1), problem: /a model of 79 tensors, and its 3 parts have 66/ },
    },
    {
      because: 'a part repeats a tensor of another',
      files: replaced(name(2), patched(parts().get(name(2)), 'blk.2.attn_q.', 'blk.0.attn_q.')),
      error: { file: name(2), problem: /a second tensor "model.layers.0.self_attn.q_proj/ },
    },
    {
      because: 'its name promises more parts than any model has',
      files: parts(),
      gguf: 'model-00001-of-99999.gguf',
      error: { file: 'model-00001-of-99999.gguf', problem: /99999 parts/ },
    },
  ])('is refused when $because', async ({ files, gguf = name(1), error }) => {
    const { problem, ...facts } = { code: 'file-invalid', problem: undefined, ...error }
    const expected = problem ? { ...facts, problem: expect.stringMatching(problem) } : facts
    expect(await failure(open(files, gguf))).toMatchObject(expected)
  })
})

describe('a hostile GGUF', () => {
  /** The metadata of the small checkpoint with some changed; undefined leaves one out. */
  const file = (changes: Record<string, [GgufType, GgufEntryValue] | undefined>): Files => {
    const metadata = modelMetadata(tiny, 'BF16').flatMap((entry): GgufEntry[] => {
      if (!Object.hasOwn(changes, entry[0])) return [entry]
      const change = changes[entry[0]]
      return change === undefined ? [] : [[entry[0], ...change]]
    })
    const known = new Set(metadata.map(([key]) => key))
    for (const [key, change] of Object.entries(changes)) {
      if (change !== undefined && !known.has(key)) metadata.push([key, ...change])
    }
    const embedding = { name: 'token_embd.weight', type: 0, shape: [1, 32], offset: 0 }
    const header = ggufHeader(
      metadata,
      Array(4)
        .fill(embedding)
        .map((tensor, i) => ({
          ...tensor,
          name: i === 0 ? tensor.name : `filler.${i}`,
          offset: 128 * i,
        })),
    )
    const bytes = new Uint8Array(header.length + 4 * 128)
    bytes.set(header)
    return new Map([['model.gguf', bytes]])
  }

  it('is none before it is changed', async () => {
    expect((await open(file({}))).config).toMatchObject({ vocab_size: 1, num_hidden_layers: 4 })
  })

  it.each([
    {
      because: 'it is a Llama',
      files: file({ 'general.architecture': ['string', 'llama'] }),
      error: {
        code: 'model-unsupported',
        problem: 'general.architecture is "llama"; this engine runs "gpt-oss"',
      },
    },
    {
      because: 'its architecture is a number',
      files: file({ 'general.architecture': ['u32', 7] }),
      error: { problem: /general.architecture 7, which is not a text/ },
    },
    {
      because: 'it has no architecture',
      files: file({ 'general.architecture': undefined }),
      error: { problem: /lacks the metadata general.architecture/ },
    },
    {
      because: 'a size is missing',
      files: file({ 'gpt-oss.embedding_length': undefined }),
      error: { problem: /lacks the metadata gpt-oss.embedding_length/ },
    },
    {
      because: 'the epsilon is NaN',
      files: file({ 'gpt-oss.attention.layer_norm_rms_epsilon': ['f32', Number.NaN] }),
      error: { problem: /layer_norm_rms_epsilon NaN, which is not a finite number/ },
    },
    {
      because: 'the frequency base is infinite',
      files: file({ 'gpt-oss.rope.freq_base': ['f32', Number.POSITIVE_INFINITY] }),
      error: { problem: /freq_base Infinity, which is not a finite number/ },
    },
    {
      because: 'a size is negative',
      files: file({ 'gpt-oss.context_length': ['i32', -1] }),
      error: { problem: /context_length -1, which is not/ },
    },
    {
      because: 'a size is no whole number',
      files: file({ 'gpt-oss.embedding_length': ['f32', 2880.5] }),
      error: { problem: /embedding_length 2880.5, which is not a whole number/ },
    },
    {
      because: 'a size is a list',
      files: file({ 'gpt-oss.attention.head_count': ['u32[]', [64, 64]] }),
      error: { problem: /head_count a list of u32, which is not/ },
    },
    {
      because: 'it announces four billion layers',
      files: file({ 'gpt-oss.block_count': ['u32', 2 ** 32 - 1] }),
      error: { problem: 'announces 4294967295 layers and has 4 tensors' },
    },
    {
      because: 'its rope scales in another way',
      files: file({ 'gpt-oss.rope.scaling.type': ['string', 'linear'] }),
      error: { code: 'model-unsupported', problem: /rope.scaling.type is "linear"/ },
    },
    {
      because: 'its tokenizer is another',
      files: file({
        'tokenizer.ggml.tokens': ['string[]', ['a']],
        'tokenizer.ggml.model': ['string', 'llama'],
      }),
      error: { code: 'model-unsupported', problem: /tokenizer.ggml.model is "llama"/ },
    },
    {
      because: 'its text is split in another way',
      files: file({ ...tokens(['a'], [1]), 'tokenizer.ggml.pre': ['string', 'llama-bpe'] }),
      error: { code: 'model-unsupported', problem: /tokenizer.ggml.pre is "llama-bpe"/ },
    },
    {
      because: 'tokens and their types differ in number',
      files: file(tokens(['a', 'b'], [1])),
      error: { problem: 'has 2 tokens and 1 token types' },
    },
    {
      because: 'a token is there twice',
      files: file(tokens(['a', 'a'], [1, 1])),
      error: { problem: 'has the token "a" twice' },
    },
    {
      because: 'a token is of no known type',
      files: file(tokens(['a'], [9])),
      error: { problem: 'has the token "a" of the unknown type 9' },
    },
    {
      because: 'the tokens are numbers',
      files: file({ ...tokens([], []), 'tokenizer.ggml.tokens': ['u32[]', [1]] }),
      error: { problem: 'has a list of u32 where strings belong' },
    },
    {
      because: 'the token types are strings',
      files: file({ ...tokens(['a'], []), 'tokenizer.ggml.token_type': ['string[]', ['1']] }),
      error: { problem: 'has a list of string where numbers belong' },
    },
  ])('is refused when $because', async ({ files, error }) => {
    const { problem, ...facts } = { code: 'file-invalid', ...error }
    expect(await failure(open(files))).toEqual({
      file: 'model.gguf',
      ...facts,
      problem: typeof problem === 'string' ? problem : expect.stringMatching(problem),
    })
  })

  const line = { name: 'token_embd.weight', type: 0, shape: [2, 32], offset: 0 }
  const second = { ...line, name: 'output.weight', offset: 256 }
  const withTensors = (lines: GgufTensorLine[], dataBytes: number): Files => {
    const header = ggufHeader(modelMetadata(tiny, 'BF16'), lines)
    const bytes = new Uint8Array(header.length + dataBytes)
    bytes.set(header)
    return new Map([['model.gguf', bytes]])
  }
  it.each([
    {
      because: 'a type is of another quantization',
      files: withTensors([{ ...line, type: 12 }], 512),
      error: {
        code: 'model-unsupported',
        problem:
          'tensor "token_embd.weight" is Q4_K; this engine reads F32, F16, Q8_0, BF16, MXFP4',
      },
    },
    {
      because: 'a type is unknown',
      files: withTensors([{ ...line, type: 99 }], 512),
      error: { code: 'model-unsupported', problem: /is of the unknown type 99/ },
    },
    {
      because: 'rows are no whole blocks',
      files: withTensors([{ ...line, type: 8, shape: [32, 2] }], 512),
      error: { problem: /is Q8_0 \[32,2\], whose rows are no whole blocks/ },
    },
    {
      because: 'tensors overlap',
      files: withTensors([line, { ...second, offset: 224 }], 512),
      error: { problem: /"lm_head.weight" at byte \d+ overlaps/ },
    },
    {
      because: 'tensors have the same place',
      files: withTensors([line, { ...second, offset: 0 }], 512),
      error: { problem: /overlaps/ },
    },
    {
      because: 'a gap lies between tensors',
      files: withTensors([line, { ...second, offset: 288 }], 1024),
      error: { problem: /"lm_head.weight" at byte \d+ leaves a gap/ },
    },
    {
      because: 'a tensor is not aligned',
      files: withTensors(
        [
          { ...line, shape: [1, 31] },
          { ...second, offset: 124 },
        ],
        512,
      ),
      error: { problem: /"lm_head.weight" at byte \d+ overlaps/ },
    },
    {
      because: 'an offset is beyond exact integers',
      files: withTensors([{ ...line, offset: 2n ** 63n }], 512),
      error: { problem: /ends beyond every file/ },
    },
    {
      because: 'a tensor ends beyond the file',
      files: withTensors([line, second], 511),
      error: { code: 'file-truncated' },
    },
    {
      because: 'its sizes together overflow',
      files: withTensors([{ ...line, shape: [2 ** 25, 2 ** 25] }], 512),
      error: { code: 'file-truncated' },
    },
    {
      because: 'it has no embedding',
      files: withTensors(
        [second, line].map((tensor, i) => ({ ...tensor, name: `x.${i}`, offset: 256 * i })),
        512,
      ),
      error: { problem: 'announces 4 layers and has 2 tensors' },
    },
  ])('is refused when $because', async ({ files, error }) => {
    const { problem, ...facts } = { code: 'file-invalid', problem: undefined, ...error }
    expect(await failure(open(files))).toMatchObject({
      file: 'model.gguf',
      ...facts,
      ...(problem !== undefined && {
        problem: typeof problem === 'string' ? problem : expect.stringMatching(problem),
      }),
    })
  })

  it('may have bytes after its last tensor, which llama.cpp takes, too', async () => {
    const files = filesOf(tiny)
    const bytes = files.get('model.gguf') ?? new Uint8Array()
    const longer = new Uint8Array(bytes.length + 100)
    longer.set(bytes)
    expect((await open(files.set('model.gguf', longer))).tensors.size).toBe(79)
  })
})

describe('the tokenizer of a GGUF', () => {
  const published = readJson<SourceTokenizer>(new URL('tokenizer.json', gptOssFolder))

  /** A model of no more than an embedding of this many rows, and the tokenizer. */
  async function tokenizerOf(tokenizer: SourceTokenizer, rows: number) {
    const metadata = modelMetadata(
      { ...tiny, tokenizer, config: { ...tiny.config, vocab_size: rows, num_hidden_layers: 1 } },
      'BF16',
    )
    const embedding = { name: 'token_embd.weight', type: 0, shape: [1, 8], offset: 0 }
    const header = ggufHeader(metadata, [embedding])
    const bytes = new Uint8Array(header.length + 32)
    bytes.set(header)
    return createTokenizer((await open(new Map([['model.gguf', bytes]]))).tokenizer)
  }

  // Reading 28 MB of JSON and half a million merges takes a while on a busy machine.
  it('gives the ids of the published one, of whose 201088 rows 1069 have no token', {
    timeout: 30_000,
  }, async () => {
    const tokenizer = await tokenizerOf(published, 201088)
    expect(tokenizer.tokenCount).toBe(200019)
    expect(tokenizer.specialId('<|start|>')).toBe(200006)
    expect(tokenizer.specialName(200018)).toBe('<|endofprompt|>')
    expect(tokenizer.tokenBytes(200019)).toBeUndefined()

    const cases = readJson<{ text: string; ids: number[] }[]>(
      new URL('encode.json', tokenizerGoldenFolder),
    )
    for (const { text, ids } of cases) expect(tokenizer.encode(text), text).toEqual(ids)
  })

  it("gives the ids of the bundled model's", async () => {
    const tokenizer = await tokenizerOf(mini.tokenizer, 1536)
    const original = createTokenizer(mini.tokenizer)
    expect(tokenizer.tokenCount).toBe(original.tokenCount)
    const { tokenizer: cases } = readJson<{ tokenizer: { text: string }[] }>(
      new URL('fixtures.json', miniFolder),
    )
    for (const { text } of cases) expect(tokenizer.encode(text)).toEqual(original.encode(text))
    const listed = (of: Tokenizer) =>
      Array.from({ length: 1536 }, (_, id) => `${of.tokenBytes(id)} ${of.specialName(id)}`)
    expect(listed(tokenizer)).toEqual(listed(original))
  })
})

/** A tokenizer's metadata. */
function tokens(names: string[], types: number[]): Record<string, [GgufType, GgufEntryValue]> {
  return {
    'tokenizer.ggml.model': ['string', 'gpt2'],
    'tokenizer.ggml.pre': ['string', 'gpt-4o'],
    'tokenizer.ggml.tokens': ['string[]', names],
    'tokenizer.ggml.token_type': ['i32[]', types],
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([a, b]))
}

/** A file in which every `from` reads `to`, which is as long. */
function patched(bytes: Uint8Array | undefined, from: string, to: string): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(bytes ?? []).toString('latin1')
  return new Uint8Array(Buffer.from(text.replaceAll(from, to), 'latin1'))
}
