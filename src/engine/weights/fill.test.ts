import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors'
import { failure } from '../testing/memory-source'
import { type FillRequest, fillPieces } from './fill'
import type { ShardSource } from './shard-source'

const MIB = 1024 * 1024
const PIECE = 64 * MIB
const BLOCK = new Uint8Array(MIB)

interface Read {
  file: string
  begin: number
  end: number
  signal: AbortSignal | undefined
}

/** A source of zeros that notes what is read, and how much of it at once. */
function zeros(onBlock: (read: Read) => void | Promise<void> = () => {}) {
  const reads: Read[] = []
  let now = 0
  const peak = { reads: 0 }
  const source: ShardSource = {
    byteLength: () => Promise.reject(new Error('nobody asks')),
    async *read(file, begin, end, signal) {
      const read = { file, begin, end, signal }
      reads.push(read)
      peak.reads = Math.max(peak.reads, ++now)
      try {
        for (let position = begin; position < end; position += MIB) {
          if (signal?.aborted) throw new EngineError({ code: 'cancelled' })
          await onBlock(read)
          yield BLOCK.subarray(0, Math.min(MIB, end - position))
        }
      } finally {
        now--
      }
    },
  }
  return { source, reads, peak }
}

/** Fills one file of this length in pieces of 64 MiB; returns the pieces in order of their commits. */
async function fill(source: ShardSource, byteLength: number, options: Partial<FillRequest> = {}) {
  const committed: string[] = []
  await fillPieces({
    source,
    files: [{ name: 'a', byteLength, pieces: new Set() }],
    pieceBytes: PIECE,
    async commit(file, piece, bytes) {
      committed.push(`${file.name}${piece}: ${bytes.length / MIB}`)
    },
    onReceived: () => {},
    ...options,
  })
  return committed
}

describe('fillPieces', () => {
  it('puts pieces together from parts of 8 MiB, two at a time at first', async () => {
    const { source, reads, peak } = zeros()
    expect(await fill(source, 100 * MIB)).toEqual(['a0: 64', 'a1: 36'])
    expect(reads.map(({ begin, end }) => [begin / MIB, end / MIB])).toEqual(
      [0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96].map((begin) => [
        begin,
        Math.min(begin + 8, 100),
      ]),
    )
    expect(peak.reads).toBe(2)
  })

  it('reads six parts at once where that brings more and more', async () => {
    let nowMs = 0
    const { source, peak } = zeros(() => {
      nowMs += 1000 / peak.reads ** 2
    })
    await fill(source, 1024 * MIB, { clock: { now: () => nowMs } })
    expect(peak.reads).toBe(6)
  })

  it('reads half as much at once after a request had to be repeated', async () => {
    let nowMs = 0
    let retries = 0
    let begunAfter = 0
    const { source, peak } = zeros(() => {
      // Time stands still afterwards: there is no reason to grow again.
      if (retries === 0) nowMs += 1000 / peak.reads ** 2
      if (peak.reads < 6 || retries > 0) return
      retries = 1
      peak.reads = 0
    })
    const counting: ShardSource = {
      ...source,
      retryCount: () => retries,
      read(...range) {
        if (retries > 0) begunAfter++
        return source.read(...range)
      },
    }
    await fill(counting, 1024 * MIB, { clock: { now: () => nowMs } })
    expect(begunAfter).toBeGreaterThan(10)
    // The six under way go on; only when there are less than three is another one begun.
    expect(peak.reads).toBe(3)
  })

  it('has no more than two pieces in memory, however slow the store is', async () => {
    const buffers = new Set<ArrayBufferLike>()
    const open = new Set<number>()
    let mostOpen = 0
    let nowMs = 0
    const { source, peak } = zeros(({ begin }) => {
      nowMs += 1000 / peak.reads ** 2
      open.add(Math.floor(begin / PIECE))
      mostOpen = Math.max(mostOpen, open.size)
    })
    const commit: FillRequest['commit'] = async (_file, piece, bytes) => {
      buffers.add(bytes.buffer)
      // Whatever can be read without waiting for the store is read by then.
      await new Promise<void>((resolve) => setImmediate(resolve))
      open.delete(piece)
    }
    await fill(source, 1024 * MIB, { commit, clock: { now: () => nowMs } })
    expect(peak.reads).toBeGreaterThan(2)
    expect(mostOpen).toBe(2)
    expect(buffers.size).toBe(2)
  })

  it('commits one piece at a time', async () => {
    let committing = 0
    const commit: FillRequest['commit'] = async () => {
      expect(++committing).toBe(1)
      await new Promise<void>((resolve) => setImmediate(resolve))
      committing--
    }
    await fill(zeros().source, 512 * MIB, { commit })
  })

  it('fetches only what is missing, each part within its piece', async () => {
    const { source, reads } = zeros()
    const files = [
      { name: 'a', byteLength: 3 * PIECE, pieces: new Set([0, 2]) },
      { name: 'b', byteLength: 5, pieces: new Set<number>() },
      { name: 'c', byteLength: 0, pieces: new Set<number>() },
      { name: 'd', byteLength: 7, pieces: new Set([0]) },
    ]
    await fill(source, 0, { files })
    const bytesOf = (name: string) =>
      reads.filter(({ file }) => file === name).reduce((sum, r) => sum + r.end - r.begin, 0)
    expect(['a', 'b', 'c', 'd'].map(bytesOf)).toEqual([PIECE, 5, 0, 0])
    expect(Math.min(...reads.filter(({ file }) => file === 'a').map((r) => r.begin))).toBe(PIECE)
  })

  it('stops the other reads at the first failure, and says what that was', async () => {
    const lost = new EngineError({ code: 'network', url: 'a', detail: 'lost' })
    const { source, reads } = zeros(({ begin }) => {
      if (begin === 72 * MIB) throw lost
    })
    const committed: number[] = []
    const commit: FillRequest['commit'] = async (_file, piece) => void committed.push(piece)
    await expect(fill(source, 512 * MIB, { commit })).rejects.toBe(lost)
    expect(committed).toEqual([0])
    expect(reads.at(-1)?.begin).toBeLessThanOrEqual(80 * MIB)
    expect(reads.at(-1)?.signal?.aborted).toBe(true)
  })

  it('lets a commit under way end before it fails', async () => {
    let ended = false
    const lost = new EngineError({ code: 'network', url: 'a', detail: 'lost' })
    const { source } = zeros(({ begin }) => {
      if (begin >= PIECE) throw lost
    })
    const commit: FillRequest['commit'] = async () => {
      await new Promise<void>((resolve) => setImmediate(resolve))
      ended = true
    }
    await expect(fill(source, 2 * PIECE, { commit })).rejects.toBe(lost)
    expect(ended).toBe(true)
  })

  it('fetches nothing more once it is cancelled', async () => {
    const controller = new AbortController()
    const { source, reads } = zeros(() => controller.abort())
    const filling = fill(source, 512 * MIB, { signal: controller.signal })
    expect(await failure(filling)).toEqual({ code: 'cancelled' })
    expect(reads.length).toBeLessThanOrEqual(2)
  })

  it('notices a read that ends early', async () => {
    const { source } = zeros()
    const short: ShardSource = {
      ...source,
      read: (file, begin, end) => source.read(file, begin, end - 1),
    }
    expect(await failure(fill(short, 100))).toEqual({
      code: 'file-truncated',
      file: 'a',
      expectedBytes: 100,
      receivedBytes: 99,
    })
  })

  it('reads files that have no ranges one by one, each as one stream', async () => {
    const { source, reads, peak } = zeros()
    const files = ['a', 'b'].map((name) => ({
      name,
      byteLength: 130 * MIB,
      pieces: new Set<number>(),
    }))
    const committed = await fill({ ...source, isSequential: () => true }, 0, { files })
    expect(committed).toEqual(['a0: 64', 'a1: 64', 'a2: 2', 'b0: 64', 'b1: 64', 'b2: 2'])
    expect(reads.map(({ file, begin, end }) => [file, begin, end])).toEqual([
      ['a', 0, 130 * MIB],
      ['b', 0, 130 * MIB],
    ])
    expect(peak.reads).toBe(1)
  })

  it('changes to one stream when a source finds out late that it has no ranges', async () => {
    let sequential = false
    const { source, reads, peak } = zeros(async ({ begin }) => {
      await new Promise<void>((resolve) => setImmediate(resolve))
      if (begin !== 24 * MIB || sequential) return
      sequential = true
      peak.reads = 0
    })
    await fill({ ...source, isSequential: () => sequential }, 300 * MIB)
    const inOrder = reads.map(({ begin, end }) => [begin / MIB, end / MIB])
    expect(inOrder).toEqual([
      [0, 8],
      [8, 16],
      [16, 24],
      [24, 32],
      [32, 40],
      [40, 300],
    ])
    // The two under way go on; what follows waits for both.
    expect(peak.reads).toBe(1)
  })
})
