import { describe, expect, it } from 'vitest'
import { tinyFolder } from '../testing/golden'
import {
  collect,
  type Files,
  failure,
  jsonFile,
  memorySource,
  shardFile,
  tinyFiles,
  utf8,
} from '../testing/memory-source'
import { readSafetensors } from '../testing/safetensors-file'
import { findGguf, openCheckpoint } from './checkpoint'

const INDEX = 'model.safetensors.index.json'
const SHARDS = ['model-00000-of-00001.safetensors', 'model-00001-of-00001.safetensors'] as const

interface Index {
  metadata?: unknown
  weight_map: Record<string, string>
}

/** tiny-a with a changed index. */
function withIndex(change: (index: Index) => unknown): Files {
  const files = tinyFiles()
  const index = JSON.parse(new TextDecoder().decode(files.get(INDEX)))
  return files.set(INDEX, jsonFile(change(index) ?? index))
}

/** tiny-a with one file replaced, or removed. */
function withFile(name: string, bytes: Uint8Array<ArrayBuffer> | undefined): Files {
  const files = tinyFiles()
  if (bytes === undefined) files.delete(name)
  else files.set(name, bytes)
  return files
}

const open = (files: Files) => openCheckpoint(memorySource(files))

describe('openCheckpoint', () => {
  it('opens shards that an index lists', async () => {
    const files = tinyFiles()
    const checkpoint = await open(files)

    expect(checkpoint.config).toMatchObject({ model_type: 'gpt_oss', vocab_size: 512 })
    expect(checkpoint.generationConfig).toMatchObject({ do_sample: true })
    expect(checkpoint.tokenizer).toBeUndefined()
    expect(checkpoint.tensors.size).toBe(4 * 19 + 3)
    expect(checkpoint.tensors.listedIn).toBe(INDEX)
    expect(checkpoint.files).toEqual(
      ['config.json', 'generation_config.json', INDEX, ...SHARDS].map((name) => ({
        name,
        byteLength: files.get(name)?.length,
      })),
    )
  })

  it('reads every tensor to the byte', async () => {
    const { tensors } = await open(tinyFiles())
    for (const shard of SHARDS) {
      for (const [name, { bytes }] of readSafetensors(new URL(shard, tinyFolder))) {
        const read = await collect(tensors.read(name, { pieceBytes: 4096 }))
        expect(Buffer.compare(read, bytes), name).toBe(0)
      }
    }
  })

  it('opens a single shard without an index', async () => {
    const shard = shardFile({ x: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, 1)
    const files: Files = new Map([
      ['config.json', utf8('{}')],
      ['tokenizer.json', utf8(`{"model":{"type":"BPE","merges":[["a","b"]]}}`)],
      ['model.safetensors', shard],
    ])
    const checkpoint = await open(files)
    expect([...checkpoint.tensors.names()]).toEqual(['x'])
    expect(checkpoint.tensors.listedIn).toBe('model.safetensors')
    expect(checkpoint.generationConfig).toBeUndefined()
    expect(checkpoint.tokenizer).toEqual({ model: { type: 'BPE' } })
    expect(checkpoint.files.map(({ name }) => name)).toEqual([
      'config.json',
      'tokenizer.json',
      'model.safetensors',
    ])
  })

  it('does without an optional file where a server sends a page in its place', async () => {
    const files = withFile('generation_config.json', utf8('<!doctype html>'))
    expect((await open(files)).generationConfig).toBeUndefined()
  })

  it('reads no weights', async () => {
    const source = memorySource(tinyFiles())
    await openCheckpoint(source)
    const shardBytes = source.reads
      .filter(({ file }) => file.endsWith('.safetensors'))
      .reduce((sum, { begin, end }) => sum + end - begin, 0)
    expect(shardBytes).toBe(8 + 4840 + 8 + 3456) // the two headers
  })

  const [, second] = SHARDS
  it.each([
    {
      because: 'config.json is missing',
      files: withFile('config.json', undefined),
      error: { code: 'file-missing', file: 'config.json' },
    },
    {
      because: 'config.json is not JSON',
      files: withFile('config.json', utf8('{"vocab_size": NaN}')),
      error: { code: 'file-invalid', file: 'config.json', problem: /not JSON/ },
    },
    {
      because: 'config.json is empty',
      files: withFile('config.json', utf8('')),
      error: { code: 'file-invalid', file: 'config.json', problem: /is empty/ },
    },
    {
      because: 'config.json is an HTML page',
      files: withFile('config.json', utf8('<!doctype html><html></html>')),
      error: { code: 'file-invalid', file: 'config.json', problem: /HTML page/ },
    },
    {
      because: 'config.json is longer than any',
      files: withFile('config.json', utf8(' '.repeat(2 ** 21))),
      error: {
        code: 'file-invalid',
        file: 'config.json',
        problem: /2097152 bytes long, more than/,
      },
    },
    {
      because: 'generation_config.json is not JSON',
      files: withFile('generation_config.json', utf8('eos')),
      error: { code: 'file-invalid', file: 'generation_config.json', problem: /not JSON/ },
    },
    {
      because: 'tokenizer.json is not UTF-8',
      files: withFile('tokenizer.json', Uint8Array.of(0x7b, 0xff)),
      error: { code: 'file-invalid', file: 'tokenizer.json', problem: /UTF-8/ },
    },
    {
      because: 'tokenizer.json is an HTML page',
      files: withFile('tokenizer.json', utf8('<html>')),
      error: { code: 'file-invalid', file: 'tokenizer.json', problem: /HTML page/ },
    },
    {
      because: 'there is neither an index nor a single shard',
      files: withFile(INDEX, undefined),
      error: {
        code: 'file-missing',
        file: 'model.safetensors',
        neededBy: `a model without ${INDEX}`,
      },
    },
    {
      because: 'the index is an HTML page',
      files: withFile(INDEX, utf8('<html>')),
      error: { code: 'file-invalid', file: INDEX, problem: /HTML page/ },
    },
    {
      because: 'the index is not JSON',
      files: withFile(INDEX, utf8('{')),
      error: { code: 'file-invalid', file: INDEX, problem: /not JSON/ },
    },
    {
      because: 'the index is a list',
      files: withIndex(() => []),
      error: { code: 'file-invalid', file: INDEX, problem: /not a JSON object/ },
    },
    {
      because: 'the index has no weight_map',
      files: withIndex(() => ({})),
      error: { code: 'file-invalid', file: INDEX, problem: /no weight_map/ },
    },
    {
      because: 'the weight_map is empty',
      files: withIndex(() => ({ weight_map: {} })),
      error: { code: 'file-invalid', file: INDEX, problem: /empty weight_map/ },
    },
    {
      because: 'the index names more shards than any model has',
      files: withIndex(() => ({
        weight_map: Object.fromEntries(
          Array.from({ length: 1001 }, (_, i) => [`x${i}`, `${i}.safetensors`]),
        ),
      })),
      error: { code: 'file-invalid', file: INDEX, problem: /names 1001 shards/ },
    },
    {
      because: 'the index names a missing shard',
      files: withFile(second, undefined),
      error: { code: 'file-missing', file: second, neededBy: INDEX },
    },
    {
      because: 'a shard is an HTML page',
      files: withFile(second, utf8('<!doctype html><html></html>')),
      error: { code: 'file-invalid', file: second, problem: /HTML page/ },
    },
    {
      because: 'a shard is truncated',
      files: withFile(second, tinyFiles().get(second)?.slice(0, 800000)),
      error: { code: 'file-truncated', file: second, expectedBytes: 825016, receivedBytes: 800000 },
    },
    {
      because: 'a shard is of another model',
      files: withFile(
        second,
        shardFile({ 'model.wte': { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, 1),
      ),
      error: { code: 'file-invalid', file: second, problem: /"model.wte", which .* does not list/ },
    },
    {
      because: 'the index lists a tensor that its shard lacks',
      files: withIndex((index) => {
        index.weight_map['model.extra'] = second
      }),
      error: { code: 'file-invalid', file: second, problem: /does not hold tensor "model.extra"/ },
    },
    {
      because: 'the index lacks a tensor',
      files: withIndex((index) => {
        delete index.weight_map['lm_head.weight']
      }),
      error: { code: 'file-invalid', file: second, problem: /"lm_head.weight", which .* not list/ },
    },
    {
      because: 'the index places a tensor in the wrong shard',
      files: withIndex((index) => {
        index.weight_map['lm_head.weight'] = SHARDS[0]
      }),
      error: { code: 'file-invalid', file: second, problem: /places in model-00000-of-00001/ },
    },
    {
      because: 'the total is wrong',
      files: withIndex((index) => ({ ...index, metadata: { total_size: 1 } })),
      error: { code: 'file-invalid', file: INDEX, problem: /total_size of 1 bytes.* take 1711456/ },
    },
    {
      because: 'the total is no number',
      files: withIndex((index) => ({ ...index, metadata: { total_size: '1711456' } })),
      error: { code: 'file-invalid', file: INDEX, problem: /total_size "1711456"/ },
    },
  ])('refuses a checkpoint when $because', async ({ files, error }) => {
    const { problem, ...facts } = { problem: undefined, ...error }
    const expected = problem ? { ...facts, problem: expect.stringMatching(problem) } : facts
    expect(await failure(open(files))).toMatchObject(expected)
  })

  it.each([
    '../secret.safetensors',
    'a/../../secret.safetensors',
    '/etc/secret.safetensors',
    'https://example.com/x.safetensors',
    '//example.com/x.safetensors',
    'a\\b.safetensors',
    '%2e%2e/x.safetensors',
    'x.safetensors?y=.safetensors',
    'a//b.safetensors',
    './x.safetensors',
    'config.json',
    '',
    7,
    null,
  ])('refuses an index that leads to %j, and asks for no such file', async (shard) => {
    const source = memorySource(withIndex(() => ({ weight_map: { x: shard } })))
    expect(await failure(openCheckpoint(source))).toEqual({
      code: 'file-invalid',
      file: INDEX,
      problem: `places tensor "x" in ${JSON.stringify(shard)}, which is no shard's name`,
    })
    expect(source.reads.map(({ file }) => file)).toEqual([
      'config.json',
      'generation_config.json',
      INDEX,
    ])
  })

  it('accepts an index without a total, and shards in a folder below', async () => {
    const files = withIndex((index) => {
      delete index.metadata
      for (const name of Object.keys(index.weight_map)) {
        index.weight_map[name] = `weights/${index.weight_map[name]}`
      }
    })
    for (const shard of SHARDS) files.set(`weights/${shard}`, files.get(shard) ?? utf8(''))
    expect((await open(files)).tensors.size).toBe(79)
  })

  it('stops when cancelled', async () => {
    const signal = AbortSignal.abort()
    expect(await failure(openCheckpoint(memorySource(tinyFiles()), { signal }))).toEqual({
      code: 'cancelled',
    })
  })
})

describe('findGguf', () => {
  it.each([
    { names: [], gguf: undefined, because: 'there is nothing' },
    { names: ['a/x.gguf', 'README.md'], gguf: 'a/x.gguf', because: 'it is the only one' },
    { names: ['x.GGUF'], gguf: 'x.GGUF', because: 'case is a habit of some systems' },
    { names: ['b/c/y.gguf', 'b/x.gguf'], gguf: 'b/x.gguf', because: 'it is the outermost' },
    {
      names: ['x-00002-of-00002.gguf', 'x-00001-of-00002.gguf'],
      gguf: 'x-00001-of-00002.gguf',
      because: 'the first part has the metadata',
    },
    {
      names: ['config.json', 'model.safetensors', 'x.gguf'],
      gguf: undefined,
      because: 'safetensors are the model where there are both',
    },
    {
      names: ['x.gguf', 'original/model.safetensors'],
      gguf: 'x.gguf',
      because: 'these safetensors lie deeper',
    },
    {
      names: ['x.gguf', 'config.json', 'tokenizer.json'],
      gguf: 'x.gguf',
      because: 'a configuration alone is no model',
    },
  ])('finds $gguf among $names: $because', ({ names, gguf }) => {
    expect(findGguf(names)).toBe(gguf)
  })

  it('asks to choose where there are several models', async () => {
    expect(await failure(() => findGguf(['a/x-Q8_0.gguf', 'a/x-F16.gguf']))).toEqual({
      code: 'request-invalid',
      problem: 'these are several models; choose one: a/x-Q8_0.gguf, a/x-F16.gguf',
    })
  })
})
