import { describe, expect, it } from 'vitest'
import { type GgufEntry, ggufHeader } from '../testing/gguf-file'
import { failure, memorySource, utf8 } from '../testing/memory-source'
import { arrayNumbers, arrayStrings, type GgufArray, readGgufHeader } from './gguf'
import type { ShardSource } from './shard-source'

const FILE = 'model.gguf'
const read = (bytes: Uint8Array<ArrayBuffer>) =>
  readGgufHeader(memorySource(new Map([[FILE, bytes]])), FILE)

const line = { name: 'x', type: 0, shape: [4], offset: 0 }

/** A header whose bytes from `at` on are replaced. */
function spoiled(header: Uint8Array<ArrayBuffer>, at: number, bytes: number[]) {
  header.set(bytes, at)
  return header
}

/** A u64, little-endian. */
const u64 = (value: bigint) => [...new Uint8Array(BigUint64Array.of(value).buffer)]

/** Where the parts of a header with one metadata entry of a one-letter key begin. */
const AT = {
  version: 4,
  tensorCount: 8,
  metadataCount: 16,
  keyLength: 24,
  key: 32,
  type: 33,
  value: 37,
}

describe('readGgufHeader', () => {
  it('reads metadata of every type', async () => {
    const entries: GgufEntry[] = [
      ['u8', 'u8', 200],
      ['i8', 'i8', -100],
      ['u16', 'u16', 60000],
      ['i16', 'i16', -30000],
      ['u32', 'u32', 4e9],
      ['i32', 'i32', -2e9],
      ['f32', 'f32', 0.5],
      ['yes', 'bool', true],
      ['no', 'bool', false],
      ['text', 'string', 'Ġ猫'],
      ['u64', 'u64', 2n ** 40n],
      ['i64', 'i64', -(2n ** 40n)],
      ['f64', 'f64', 0.1],
    ]
    const { metadata } = await read(ggufHeader(entries, []))
    expect(Object.fromEntries(metadata)).toEqual({
      u8: 200,
      i8: -100,
      u16: 60000,
      i16: -30000,
      u32: 4e9,
      i32: -2e9,
      f32: 0.5,
      yes: true,
      no: false,
      text: 'Ġ猫',
      u64: 2 ** 40,
      i64: -(2 ** 40),
      f64: 0.1,
    })
  })

  it('takes an f32 for the decimal it was written from', async () => {
    const { metadata } = await read(
      ggufHeader(
        [
          ['epsilon', 'f32', 1e-5],
          ['third', 'f32', 1 / 3],
        ],
        [],
      ),
    )
    expect(metadata.get('epsilon')).toBe(1e-5)
    expect(Math.fround(metadata.get('third') as number)).toBe(Math.fround(1 / 3))
  })

  it('reads lists of strings and of numbers', async () => {
    const { metadata } = await read(
      ggufHeader(
        [
          ['words', 'string[]', ['a', '', 'ĠĠ']],
          ['numbers', 'i32[]', [1, -2]],
          ['none', 'u8[]', []],
        ],
        [],
      ),
    )
    expect(arrayStrings(metadata.get('words') as GgufArray, FILE)).toEqual(['a', '', 'ĠĠ'])
    expect(arrayNumbers(metadata.get('numbers') as GgufArray, FILE)).toEqual([1, -2])
    expect(arrayNumbers(metadata.get('none') as GgufArray, FILE)).toEqual([])
  })

  it.each([2, 3])('lists tensors with their shapes row by row: version %d', async (version) => {
    const header = ggufHeader(
      [['general.alignment', 'u32', 64]],
      [
        { name: 'blk.0.ffn_down_exps.weight', type: 39, shape: [32, 2880, 2880], offset: 0 },
        { name: 'norm', type: 0, shape: [2880], offset: 5 * 2 ** 30 },
      ],
      { version, alignment: 64 },
    )
    expect(await read(header)).toMatchObject({
      tensors: [
        { name: 'blk.0.ffn_down_exps.weight', type: 39, shape: [32, 2880, 2880], dataOffset: 0 },
        { name: 'norm', type: 0, shape: [2880], dataOffset: 5 * 2 ** 30 },
      ],
      dataBegin: header.length,
      alignment: 64,
      fileBytes: header.length,
    })
  })

  it('reads a long header in windows, and no byte of it twice', async () => {
    const words = Array.from({ length: 60_000 }, (_, i) => `token number ${i}`)
    const header = ggufHeader(
      [
        ['words', 'string[]', words],
        ['last', 'u8', 7],
      ],
      [line],
    )
    const file = new Uint8Array(2 * header.length)
    file.set(header)
    const source = memorySource(new Map([[FILE, file]]))
    const { metadata } = await readGgufHeader(source, FILE)
    expect(metadata.get('last')).toBe(7)
    expect(arrayStrings(metadata.get('words') as GgufArray, FILE)).toEqual(words)
    expect(source.reads).toEqual([
      { file: FILE, begin: 0, end: 256 * 1024 },
      { file: FILE, begin: 256 * 1024, end: 2 * 1024 * 1024 },
    ])
  })

  const one = (...entry: GgufEntry) => ggufHeader([entry], [])
  it.each([
    { because: 'the file is empty', bytes: new Uint8Array(), problem: /does not begin as a GGUF/ },
    { because: 'it is something else', bytes: new Uint8Array(100), problem: /does not begin as/ },
    { because: 'it is an HTML page', bytes: utf8('<!doctype html>'), problem: /is an HTML page/ },
    {
      because: 'it is a Git LFS pointer',
      bytes: utf8('version https://git-lfs.github.com/spec/v1\n'),
      problem: /Git LFS pointer/,
    },
    {
      because: 'it ends in its prefix',
      bytes: utf8('GGUF\x03\0\0\0'),
      problem: /8 bytes long, too/,
    },
    {
      because: 'it counts more tensors than the file could list',
      bytes: spoiled(one('a', 'u8', 1), AT.tensorCount, u64(1000n)),
      problem: /announces 1000 tensors/,
    },
    {
      because: 'it counts 2⁶⁴ − 1 tensors',
      bytes: spoiled(one('a', 'u8', 1), AT.tensorCount, u64(2n ** 64n - 1n)),
      problem: /announces 18446744073709552000 tensors/,
    },
    {
      because: 'it counts 2⁶³ metadata entries',
      bytes: spoiled(one('a', 'u8', 1), AT.metadataCount, u64(2n ** 63n)),
      problem: /announces 9223372036854776000 metadata entries/,
    },
    {
      because: 'it counts entries that are but padding',
      bytes: spoiled(one('a', 'u8', 1), AT.metadataCount, u64(3n)),
      problem: /the metadata "" twice/,
    },
    {
      because: 'a key is longer than the file',
      bytes: spoiled(one('a', 'u8', 1), AT.keyLength, u64(2n ** 53n)),
      problem: /reaches beyond the file/,
    },
    {
      because: 'a text is longer than the file',
      bytes: spoiled(one('a', 'string', 'text'), AT.value, u64(2n ** 64n - 1n)),
      problem: /reaches beyond the file/,
    },
    {
      because: 'a list has more strings than the file could hold',
      bytes: spoiled(one('a', 'string[]', ['text']), AT.value + 4, u64(2n ** 40n)),
      problem: /announces 1099511627776 strings in "a"/,
    },
    {
      because: 'a list has more numbers than the file could hold',
      bytes: spoiled(one('a', 'f64[]', [1]), AT.value + 4, u64(2n ** 62n)),
      problem: /reaches beyond the file/,
    },
    {
      because: 'a list holds lists, which could nest without end',
      bytes: spoiled(one('a', 'u32[]', [1]), AT.value, [9, 0, 0, 0]),
      problem: /list of lists "a"/,
    },
    {
      because: 'a type is unknown',
      bytes: spoiled(one('a', 'u8', 1), AT.type, [13, 0, 0, 0]),
      problem: /metadata "a" of the unknown type 13/,
    },
    {
      because: 'the type of a list is unknown',
      bytes: spoiled(one('a', 'u8[]', [1]), AT.value, [99, 0, 0, 0]),
      problem: /metadata "a" of the unknown type 99/,
    },
    {
      because: 'a text is not UTF-8',
      bytes: spoiled(one('a', 'string', 'text'), AT.value + 8, [0xff]),
      problem: /a string at byte 45 that is not UTF-8/,
    },
    {
      because: 'a key is there twice',
      bytes: ggufHeader(
        [
          ['a', 'u8', 1],
          ['a', 'u8', 2],
        ],
        [],
      ),
      problem: /the metadata "a" twice/,
    },
    {
      because: 'the alignment is no power of two',
      bytes: one('general.alignment', 'u32', 48),
      problem: /alignment 48, which is no power of two/,
    },
    {
      because: 'the alignment is zero',
      bytes: one('general.alignment', 'u32', 0),
      problem: /alignment 0, which/,
    },
    {
      because: 'the alignment is a text',
      bytes: one('general.alignment', 'string', '32'),
      problem: /alignment "32", which/,
    },
    {
      because: 'a tensor is there twice',
      bytes: ggufHeader([], [line, line]),
      problem: /the tensor "x" twice/,
    },
    {
      because: 'a tensor has no dimensions',
      bytes: ggufHeader([], [{ ...line, shape: [] }]),
      problem: /tensor "x" has 0 dimensions/,
    },
    {
      because: 'a tensor has five dimensions',
      bytes: ggufHeader([], [{ ...line, shape: [1, 1, 1, 1, 1] }]),
      problem: /tensor "x" has 5 dimensions/,
    },
    {
      because: 'a tensor has no elements',
      bytes: ggufHeader([], [{ ...line, shape: [4, 0] }]),
      problem: /impossible shape \[4,0\]/,
    },
    {
      because: 'the elements of a tensor overflow',
      bytes: ggufHeader([], [{ ...line, shape: [2n ** 32n, 2n ** 32n] }]),
      problem: /impossible shape \[4294967296,4294967296\]/,
    },
    {
      because: 'the elements of a tensor overflow 64 bits, back to few',
      bytes: ggufHeader([], [{ ...line, shape: [2n ** 63n, 2n] }]),
      problem: /impossible shape/,
    },
  ])('refuses a file when $because', async ({ bytes, problem }) => {
    expect(await failure(read(bytes))).toEqual({
      code: 'file-invalid',
      file: FILE,
      problem: expect.stringMatching(problem),
    })
  })

  it.each([
    { version: 1, problem: /version 1; this engine reads 2 and 3/ },
    { version: 4, problem: /version 4/ },
    { version: 0x03000000, problem: /big-endian/ },
  ])('does not read version $version', async ({ version, problem }) => {
    expect(await failure(read(ggufHeader([], [], { version })))).toEqual({
      code: 'model-unsupported',
      file: FILE,
      problem: expect.stringMatching(problem),
    })
  })

  it('refuses a header of 1 GB after its first window', async () => {
    const header = one('a', 'string', 'text')
    header.set(u64(2n ** 30n), AT.value)
    const reads: number[] = []
    const source: ShardSource = {
      byteLength: async () => 2 ** 31,
      async *read(_file, begin, end) {
        reads.push(end)
        const window = new Uint8Array(end - begin)
        window.set(header)
        yield window
      },
    }
    expect(await failure(readGgufHeader(source, FILE))).toEqual({
      code: 'file-invalid',
      file: FILE,
      problem: 'has a header longer than the 67108864 bytes that are read',
    })
    expect(reads).toEqual([256 * 1024])
  })

  it('refuses a header without end once it has read 64 MiB of it', async () => {
    const header = one('a', 'string[]', [])
    header.set(u64(2n ** 30n), AT.value + 4)
    const source: ShardSource = {
      byteLength: async () => 2 ** 35,
      async *read(_file, begin, end) {
        // Every string is empty: eight zero bytes.
        const window = new Uint8Array(end - begin)
        if (begin === 0) window.set(header)
        yield window
      },
    }
    expect(await failure(readGgufHeader(source, FILE))).toMatchObject({
      problem: 'has a header longer than the 67108864 bytes that are read',
    })
  })
})
