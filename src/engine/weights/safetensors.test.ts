import { describe, expect, it } from 'vitest'
import { failure, memorySource, shardFile, utf8 } from '../testing/memory-source'
import { parseShardHeader, readShardHeader } from './safetensors'

const FILE = 'model.safetensors'
const read = (bytes: Uint8Array<ArrayBuffer>) =>
  readShardHeader(memorySource(new Map([[FILE, bytes]])), FILE)

const prefixOnly = (length: bigint, fileBytes: number) => {
  const bytes = new Uint8Array(fileBytes)
  new DataView(bytes.buffer).setBigUint64(0, length, true)
  return bytes
}

describe('readShardHeader', () => {
  it('lists tensors in the order of their bytes, with places in the file', async () => {
    const header = {
      __metadata__: { format: 'pt' },
      second: { dtype: 'U8', shape: [2, 3], data_offsets: [4, 10] },
      first: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] },
      scalar: { dtype: 'F32', shape: [], data_offsets: [10, 14] },
    }
    const bytes = shardFile(header, 14)
    const dataOffset = bytes.length - 14
    expect(await read(bytes)).toEqual([
      {
        name: 'first',
        dtype: 'BF16',
        shape: [2],
        file: FILE,
        byteOffset: dataOffset,
        byteLength: 4,
      },
      {
        name: 'second',
        dtype: 'U8',
        shape: [2, 3],
        file: FILE,
        byteOffset: dataOffset + 4,
        byteLength: 6,
      },
      {
        name: 'scalar',
        dtype: 'F32',
        shape: [],
        file: FILE,
        byteOffset: dataOffset + 10,
        byteLength: 4,
      },
    ])
  })

  it('accepts a header that is padded with spaces, and tensors without elements', async () => {
    const header = '{"none":{"dtype":"I32","shape":[0,4],"data_offsets":[0,0]}}   '
    expect(await read(shardFile(header, 0))).toMatchObject([{ name: 'none', byteLength: 0 }])
  })

  it('places tensors beyond 4 GiB exactly', () => {
    const begin = 5 * 2 ** 30
    const header = utf8(
      JSON.stringify({
        low: { dtype: 'U8', shape: [begin], data_offsets: [0, begin] },
        high: { dtype: 'U8', shape: [3], data_offsets: [begin, begin + 3] },
      }),
    )
    const dataOffset = 8 + header.length
    const [, high] = parseShardHeader(header, FILE, dataOffset + begin + 3)
    expect(high?.byteOffset).toBe(dataOffset + begin)
  })

  it('takes __proto__ for a name like any other', async () => {
    const header = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
    expect(await read(shardFile(header, 1))).toMatchObject([{ name: '__proto__' }])
  })

  const tensor = (fields: object) => ({
    x: { dtype: 'U8', shape: [4], data_offsets: [0, 4], ...fields },
  })
  const two = (a: [number, number], b: [number, number]) => ({
    a: { dtype: 'U8', shape: [a[1] - a[0]], data_offsets: a },
    b: { dtype: 'U8', shape: [b[1] - b[0]], data_offsets: b },
  })

  it.each([
    { because: 'the file is empty', bytes: new Uint8Array(), problem: /0 bytes long, too short/ },
    { because: 'the file ends in its length', bytes: new Uint8Array(7), problem: /too short/ },
    {
      because: 'the header is too short',
      bytes: prefixOnly(1n, 100),
      problem: /header of 1 bytes/,
    },
    {
      because: 'the header passes the end',
      bytes: prefixOnly(93n, 100),
      problem: /beyond the file/,
    },
    {
      because: 'its length is absurd',
      bytes: prefixOnly(2n ** 64n - 1n, 100),
      problem: /beyond the file's 100 bytes/,
    },
    {
      because: 'its length has the top bit set',
      bytes: prefixOnly(2n ** 63n, 100),
      problem: /beyond the file/,
    },
    {
      because: 'it is an HTML page',
      bytes: utf8('\n<!doctype html><title>Sign in</title>'),
      problem: /is an HTML page/,
    },
    { because: 'it is a tiny HTML page', bytes: utf8('<html>'), problem: /is an HTML page/ },
    {
      because: 'it is a Git LFS pointer',
      bytes: utf8('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
      problem: /Git LFS pointer/,
    },
    { because: 'it is a GGUF file', bytes: utf8('GGUF\x03\0\0\0\x01\0\0\0'), problem: /GGUF/ },
    { because: 'the header is not JSON', bytes: shardFile('{"x":', 0), problem: /not JSON/ },
    {
      because: 'the header is not UTF-8',
      bytes: prefixOnly(2n, 12).fill(255, 8),
      problem: /UTF-8/,
    },
    { because: 'the header is a list', bytes: shardFile([], 0), problem: /not a JSON object/ },
    { because: 'the header is null', bytes: shardFile(null, 0), problem: /not a JSON object/ },
    { because: 'a tensor is null', bytes: shardFile({ x: null }, 0), problem: /tensor "x" is not/ },
    {
      because: 'the dtype is unknown',
      bytes: shardFile(tensor({ dtype: 'Q8_0' }), 4),
      problem: /tensor "x" has dtype "Q8_0"/,
    },
    {
      because: 'the dtype is a name that every object has',
      bytes: shardFile(tensor({ dtype: 'constructor' }), 4),
      problem: /has dtype "constructor"/,
    },
    {
      because: 'a dimension is negative',
      bytes: shardFile(tensor({ shape: [-2, -2] }), 4),
      problem: /impossible shape \[-2,-2\]/,
    },
    {
      because: 'a dimension is a fraction',
      bytes: shardFile(tensor({ shape: [0.5, 8] }), 4),
      problem: /impossible shape/,
    },
    {
      because: 'the shape is missing',
      bytes: shardFile(tensor({ shape: undefined }), 4),
      problem: /impossible shape undefined/,
    },
    {
      because: 'the shape overflows',
      bytes: shardFile(tensor({ shape: [2 ** 40, 2 ** 40, 4] }), 4),
      problem: /takes .* bytes, and its data_offsets give it 4/,
    },
    {
      because: 'the shape disagrees with the bytes',
      bytes: shardFile(tensor({ dtype: 'BF16' }), 4),
      problem: /BF16 \[4\] takes 8 bytes, and its data_offsets give it 4/,
    },
    {
      because: 'a name is endless, which the error is not',
      bytes: shardFile({ ['x'.repeat(10_000)]: null }, 0),
      problem: /^tensor "x{98}… is not described by a JSON object$/,
    },
    {
      because: 'the offsets run backwards',
      bytes: shardFile(tensor({ data_offsets: [4, 0] }), 4),
      problem: /impossible data_offsets \[4,0\]/,
    },
    {
      because: 'an offset is beyond exact integers',
      bytes: shardFile(tensor({ data_offsets: [0, 2 ** 53] }), 4),
      problem: /impossible data_offsets/,
    },
    {
      because: 'there are three offsets',
      bytes: shardFile(tensor({ data_offsets: [0, 4, 8] }), 4),
      problem: /impossible data_offsets/,
    },
    {
      because: 'tensors overlap',
      bytes: shardFile(two([0, 4], [2, 6]), 6),
      problem: /tensor "b" overlaps/,
    },
    {
      because: 'a gap lies between tensors',
      bytes: shardFile(two([0, 4], [5, 9]), 9),
      problem: /tensor "b" leaves a gap/,
    },
    {
      because: 'the data do not begin with a tensor',
      bytes: shardFile(two([1, 4], [4, 9]), 9),
      problem: /tensor "a" leaves a gap/,
    },
    {
      because: 'bytes follow the last tensor',
      bytes: shardFile(tensor({}), 9),
      problem: /5 bytes after its last tensor/,
    },
  ])('refuses a file when $because', async ({ bytes, problem }) => {
    expect(await failure(read(bytes))).toEqual({
      code: 'file-invalid',
      file: FILE,
      problem: expect.stringMatching(problem),
    })
  })

  it('refuses a header beyond the cap without reading it', async () => {
    const reads: number[] = []
    const huge = 2 ** 30
    const source = {
      byteLength: async () => 2 * huge,
      async *read(_file: string, begin: number, end: number) {
        reads.push(end - begin)
        yield prefixOnly(BigInt(huge), 8)
      },
    }
    expect(await failure(readShardHeader(source, FILE))).toMatchObject({
      code: 'file-invalid',
      problem: expect.stringMatching(/header of 1073741824 bytes; at most/),
    })
    expect(reads).toEqual([8])
  })

  it('says how much of a truncated shard is missing', async () => {
    const whole = shardFile(tensor({ shape: [400], data_offsets: [0, 400] }), 400)
    expect(await failure(read(whole.slice(0, -1)))).toEqual({
      code: 'file-truncated',
      file: FILE,
      expectedBytes: whole.length,
      receivedBytes: whole.length - 1,
    })
  })
})
