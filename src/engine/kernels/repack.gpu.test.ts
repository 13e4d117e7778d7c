import { describe, expect, it } from 'vitest'
import { readBytes } from '../gpu/tensor'
import { randomQ80, splitQ80 } from '../testing/dense'
import { openTestGpu } from '../testing/gpu'
import { randomIntegers } from '../testing/random'
import { ggufMxfp4BlockBytes, ggufQ80BlockBytes, repackMxfp4, repackQ80 } from './repack'

const gpu = await openTestGpu()

/** Weights of zeros, to be filled. */
function emptyExperts(experts: number, rows: number, groups: number) {
  return {
    blocks: gpu.bytes('u8', [experts, rows, groups, 16], new Uint8Array(0)),
    scales: gpu.bytes('u8', [experts, rows, groups], new Uint8Array(0)),
  }
}

function emptyQ80(rows: number, channels: number) {
  return {
    format: 'q8_0' as const,
    values: gpu.bytes('u8', [rows, channels], new Uint8Array(0)),
    scales: gpu.bytes('f16', [rows, channels / 32], new Uint8Array(0)),
  }
}

/** Blocks [first, end) of a tensor behind `firstByte` bytes that belong to something else. */
function rawBlocks(
  tensor: Uint8Array,
  blockBytes: number,
  [first, end]: readonly [number, number],
  firstByte: number,
) {
  const bytes = new Uint8Array(firstByte + (end - first) * blockBytes).fill(0xff)
  bytes.set(tensor.subarray(first * blockBytes, end * blockBytes), firstByte)
  return { raw: gpu.bytes('u8', [bytes.length], bytes), firstByte, blocks: end - first }
}

/** A tensor's blocks, cut at these numbers, the last piece first. */
function pieces(blocks: number, cuts: readonly number[]): [number, number][] {
  const ends = [...cuts, blocks]
  return ends.map((end, i): [number, number] => [ends[i - 1] ?? 0, end]).reverse()
}

describe('repackMxfp4', () => {
  it('brings a block into the order of the kernels', async () => {
    // Byte j: element j is j, element j + 16 is 15 - j.
    const raw = Uint8Array.of(130, ...Array.from({ length: 16 }, (_, j) => j | ((15 - j) << 4)))
    const weight = emptyExperts(1, 1, 1)
    const block = rawBlocks(raw, 17, [0, 1], 0)
    await gpu.run(repackMxfp4(gpu, { ...block, firstBlock: 0, weight, rows: 'all' }))
    expect([...new Uint8Array(await readBytes(gpu, weight.blocks))]).toEqual([
      ...[0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe],
      ...[0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01],
    ])
    expect([...new Uint8Array(await readBytes(gpu, weight.scales))]).toEqual([130, 0, 0, 0])
  })

  it.each([
    { experts: 1, rows: 5, groups: 3, cuts: [], because: 'rows end within words of scales' },
    { experts: 3, rows: 7, groups: 3, cuts: [4, 8, 40], because: 'pieces of whole words' },
    { experts: 3, rows: 7, groups: 3, cuts: [1, 2, 5, 6, 35, 62], because: 'pieces of any length' },
    { experts: 2, rows: 65, groups: 1, cuts: [64], because: 'a workgroup is full, the next not' },
    { experts: 2, rows: 2, groups: 90, cuts: [181], because: 'the gpt-oss width' },
  ])('fills [$experts, $rows, $groups] cut at $cuts: $because', async (shape) => {
    const { experts, rows, groups, cuts } = shape
    const raw = randomBlocks(experts * rows * groups, 1)
    const weight = emptyExperts(experts, rows, groups)
    await gpu.run(
      pieces(experts * rows * groups, cuts).map(([first, end], i) =>
        repackMxfp4(gpu, {
          ...rawBlocks(raw, ggufMxfp4BlockBytes, [first, end], i),
          firstBlock: first,
          weight,
          rows: 'all',
        }),
      ),
    )
    await expectWeight(weight, reordered(raw), groups)
  })

  it('lays the rows of gate and up in turn', async () => {
    const [experts, rows, groups] = [3, 5, 3]
    const gate = randomBlocks(experts * rows * groups, 2)
    const up = randomBlocks(experts * rows * groups, 3)
    const weight = emptyExperts(experts, 2 * rows, groups)
    await gpu.run(
      (
        [
          [gate, 'even', [7, 20]],
          [up, 'odd', [2, 33, 34]],
        ] as const
      ).flatMap(([raw, which, cuts]) =>
        pieces(experts * rows * groups, cuts).map(([first, end]) =>
          repackMxfp4(gpu, {
            ...rawBlocks(raw, ggufMxfp4BlockBytes, [first, end], 4),
            firstBlock: first,
            weight,
            rows: which,
          }),
        ),
      ),
    )
    const [gates, ups] = [reordered(gate), reordered(up)]
    const inTurn = Array.from({ length: experts * rows }, (_, row) => [
      ...gates.slice(row * groups, (row + 1) * groups),
      ...ups.slice(row * groups, (row + 1) * groups),
    ])
    await expectWeight(weight, inTurn.flat(), groups)
  })

  it('fills a segment of the experts from the middle of a tensor, and nothing beside it', async () => {
    const [rows, groups] = [3, 3]
    const perExpert = rows * groups
    const raw = randomBlocks(4 * perExpert, 4)
    const weight = emptyExperts(2, rows, groups) // experts 2 and 3
    const [first, end] = [2 * perExpert + 4, 4 * perExpert - 1]
    const part = rawBlocks(raw, ggufMxfp4BlockBytes, [first, end], 3)
    await gpu.run(repackMxfp4(gpu, { ...part, firstBlock: 4, weight, rows: 'all' }))
    const nothing: Block = { codes: Array(16).fill(0), scale: 0 }
    const blocks = [...Array(4).fill(nothing), ...reordered(raw).slice(first, end), nothing]
    await expectWeight(weight, blocks, groups)
  })

  it('takes more workgroups than one direction holds', async () => {
    const pattern = 1024
    const blocks = 65535 * 64 + 70
    const some = randomBlocks(pattern, 5)
    const raw = new Uint8Array(blocks * ggufMxfp4BlockBytes)
    for (let i = 0; i < raw.length; i += some.length)
      raw.set(some.subarray(0, Math.min(some.length, raw.length - i)), i)
    const weight = emptyExperts(1, blocks, 1)
    const all = rawBlocks(raw, ggufMxfp4BlockBytes, [0, blocks], 0)
    await gpu.run(repackMxfp4(gpu, { ...all, firstBlock: 0, weight, rows: 'all' }))

    const expected = reordered(some)
    const middle = 64 * Math.ceil(blocks / 64 / 2) // where the second row of workgroups begins
    for (const begin of [0, middle - 8, blocks - 8]) {
      const bytes = new Uint8Array(await readBytes(gpu, weight.blocks, 16 * begin, 16 * 8))
      const codes = Array.from({ length: 8 }, (_, i) => expected[(begin + i) % pattern]?.codes)
      expect([...bytes]).toEqual(codes.flat())
    }
    for (const { buffer } of [all.raw, weight.blocks, weight.scales]) buffer.destroy()
  })

  it('refuses blocks that the target has no place for', () => {
    const weight = emptyExperts(2, 4, 3)
    const bind = (firstBlock: number, rows: 'all' | 'even') =>
      repackMxfp4(gpu, {
        ...rawBlocks(randomBlocks(3, 1), ggufMxfp4BlockBytes, [0, 3], 0),
        firstBlock,
        weight,
        rows,
      })
    expect(() => bind(21, 'all')).not.toThrow()
    expect(() => bind(22, 'all')).toThrow('target has 24: not 3 from 22 on')
    expect(() => bind(10, 'even')).toThrow('target has 12: not 3 from 10 on')
    expect(() => bind(-1, 'all')).toThrow('not 3 from -1 on')
  })
})

describe('repackQ80', () => {
  it.each([
    { rows: 1, channels: 32, cuts: [], because: 'one block' },
    { rows: 5, channels: 96, cuts: [1, 4, 7, 13], because: 'rows and pieces end within words' },
    { rows: 3, channels: 2880, cuts: [90, 137], because: 'the gpt-oss width' },
  ])('takes [$rows, $channels] cut at $cuts apart: $because', async ({ rows, channels, cuts }) => {
    const raw = randomQ80((rows * channels) / 32, 1)
    const weight = emptyQ80(rows, channels)
    await gpu.run(
      pieces((rows * channels) / 32, cuts).map(([first, end], i) =>
        repackQ80(gpu, {
          ...rawBlocks(raw, ggufQ80BlockBytes, [first, end], 2 * i),
          firstBlock: first,
          weight,
        }),
      ),
    )
    const { quants, scales } = splitQ80(raw)
    expect(await bytesOf(weight.values, quants.length)).toEqual(quants)
    expect(await bytesOf(weight.scales, scales.length)).toEqual(scales)
  })

  it('puts one tensor below another, and leaves the rest alone', async () => {
    const [upper, lower] = [randomQ80(3, 2), randomQ80(6, 3)] // of three groups a row
    const weight = emptyQ80(4, 96)
    await gpu.run([
      repackQ80(gpu, {
        ...rawBlocks(lower, ggufQ80BlockBytes, [0, 6], 1),
        firstBlock: 3,
        weight,
      }),
      repackQ80(gpu, {
        ...rawBlocks(upper, ggufQ80BlockBytes, [0, 3], 0),
        firstBlock: 0,
        weight,
      }),
    ])
    const empty = new Uint8Array(3 * ggufQ80BlockBytes)
    const { quants, scales } = splitQ80(Uint8Array.of(...upper, ...lower, ...empty))
    expect(await bytesOf(weight.values, quants.length)).toEqual(quants)
    expect(await bytesOf(weight.scales, scales.length)).toEqual(scales)
  })

  it('refuses blocks that the target has no place for', () => {
    const weight = emptyQ80(2, 96)
    const part = rawBlocks(randomQ80(3, 1), ggufQ80BlockBytes, [0, 3], 0)
    expect(() => repackQ80(gpu, { ...part, firstBlock: 3, weight })).not.toThrow()
    expect(() => repackQ80(gpu, { ...part, firstBlock: 4, weight })).toThrow(
      'target has 6: not 3 from 4 on',
    )
    expect(() => repackQ80(gpu, { ...part, firstByte: 1, firstBlock: 0, weight })).toThrow(
      'raw has 102: not 102 from 1 on',
    )
  })
})

/** MXFP4 blocks of a GGUF file with random scales and codes. */
function randomBlocks(blocks: number, seed: number): Uint8Array {
  const next = randomIntegers(seed)
  return Uint8Array.from({ length: blocks * ggufMxfp4BlockBytes }, () => next() >>> 24)
}

interface Block {
  /** Byte b: elements 2b and 2b + 1. */
  codes: number[]
  scale: number
}

/** What the blocks of a GGUF file become. */
function reordered(raw: Uint8Array): Block[] {
  return Array.from({ length: raw.length / ggufMxfp4BlockBytes }, (_, i) => {
    const [scale = 0, ...bytes] = raw.subarray(17 * i, 17 * (i + 1))
    const elements = [...bytes.map((byte) => byte & 15), ...bytes.map((byte) => byte >> 4)]
    const element = (e: number) => elements[e] as number
    return {
      scale,
      codes: Array.from({ length: 16 }, (_, b) => element(2 * b) | (element(2 * b + 1) << 4)),
    }
  })
}

async function expectWeight(
  weight: ReturnType<typeof emptyExperts>,
  blocks: readonly Block[],
  groups: number,
) {
  const codes = await bytesOf(weight.blocks, 16 * blocks.length)
  const scales = await bytesOf(weight.scales, blocks.length)
  const found = blocks.map((_, i) => ({
    codes: [...codes.subarray(16 * i, 16 * (i + 1))],
    scale: scales[i] as number,
  }))
  const rows = (all: readonly Block[]) =>
    Array.from({ length: all.length / groups }, (_, row) =>
      all.slice(row * groups, (row + 1) * groups),
    )
  expect(rows(found)).toEqual(rows(blocks))
}

async function bytesOf(tensor: Parameters<typeof readBytes>[1], length: number) {
  return new Uint8Array(await readBytes(gpu, tensor)).subarray(0, length)
}
