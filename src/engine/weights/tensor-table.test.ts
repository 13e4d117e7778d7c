import { describe, expect, it } from 'vitest'
import { collect, memorySource, shardFile } from '../testing/memory-source'
import { readShardHeader } from './safetensors'
import { TensorTable } from './tensor-table'

const FILE = 'model.safetensors'
const LENGTH = 1003

/** A table of one tensor of LENGTH bytes that count up, behind one byte of another. */
async function table(sourcePieceBytes: number) {
  const header = {
    before: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
    counting: { dtype: 'U8', shape: [LENGTH], data_offsets: [1, 1 + LENGTH] },
  }
  const files = new Map([[FILE, shardFile(header, 1 + LENGTH)]])
  const source = memorySource(files, { pieceBytes: sourcePieceBytes })
  return new TensorTable(source, await readShardHeader(source, FILE), FILE)
}

const counting = (begin: number, end: number) =>
  Uint8Array.from({ length: end - begin }, (_, i) => begin + 1 + i)

describe('TensorTable', () => {
  it('knows its tensors by name', async () => {
    const tensors = await table(100)
    expect([...tensors.names()]).toEqual(['before', 'counting'])
    expect(tensors.size).toBe(2)
    expect(tensors.has('counting')).toBe(true)
    expect(tensors.has('constructor')).toBe(false)
    expect(tensors.get('counting')).toMatchObject({ dtype: 'U8', shape: [LENGTH], file: FILE })
    expect(() => tensors.get('other')).toThrow('no tensor "other" in model.safetensors')
  })

  it.each([
    { source: 1, pieceBytes: 256, because: 'pieces are gathered byte by byte' },
    { source: 255, pieceBytes: 256, because: 'the source stops just short of a cut' },
    { source: 256, pieceBytes: 256, because: 'cuts fall together' },
    { source: 257, pieceBytes: 256, because: 'the source passes each cut' },
    { source: 4096, pieceBytes: 4, because: 'one piece of the source makes many' },
    { source: 100, pieceBytes: 4096, because: 'the tensor is shorter than a piece' },
    { source: 100, pieceBytes: LENGTH + 1, because: 'the tensor is one byte shorter than a piece' },
  ])(
    'cuts the same pieces whatever the source yields: $because',
    async ({ source, pieceBytes }) => {
      const lengths: number[] = []
      const bytes: number[] = []
      for await (const piece of (await table(source)).read('counting', { pieceBytes })) {
        lengths.push(piece.length)
        bytes.push(...piece)
      }
      const whole = Array.from({ length: Math.floor(LENGTH / pieceBytes) }, () => pieceBytes)
      expect(lengths).toEqual([...whole, LENGTH % pieceBytes])
      expect(Uint8Array.from(bytes)).toEqual(counting(0, LENGTH))
    },
  )

  it.each([
    { begin: 0, end: 0 },
    { begin: 1, end: 2 },
    { begin: 500, end: LENGTH },
    { begin: LENGTH, end: LENGTH },
  ])('reads the part [$begin, $end)', async ({ begin, end }) => {
    const read = (await table(64)).read('counting', { begin, end, pieceBytes: 32 })
    expect(await collect(read)).toEqual(counting(begin, end))
  })

  it.each([
    { begin: -1, end: 4 },
    { begin: 5, end: 4 },
    { begin: 0, end: LENGTH + 1 },
    { begin: Number.NaN, end: 4 },
    { begin: 0, end: 4, pieceBytes: 6 },
    { begin: 0, end: 4, pieceBytes: 0 },
  ])('refuses to read $begin to $end in pieces of $pieceBytes', async (options) => {
    await expect(collect((await table(64)).read('counting', options))).rejects.toThrow(RangeError)
  })
})
