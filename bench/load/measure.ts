/**
 * Loads a synthetic checkpoint in a real browser as a person would: first from a server, then, the
 * browser restarted, from storage; and measures what each phase takes of time, memory and disk.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BlobsRead } from './blobs.worker'
import { type Adapter, type BenchBrowser, openBrowser } from './browser'
import { copyFiles, diskUsage, dropPageCache, filesBelow, type Rate, readFiles } from './disk'
import { firstLine } from './lines'
import { type HeldMemory, heapBytes, holdMemory, type MemorySample, writtenBytes } from './memory'
import type { BenchPage, FirstToken, LoadTimes } from './page'
import { servePage } from './serve'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

export interface LoadOptions {
  /** What `engine synthesize` is given: --shape and the like. */
  checkpoint: readonly string[]
  adapter: Adapter
  contextTokens: number
  /** An empty folder for the browser's profile; as many bytes as the model has go there. */
  profile: string
  /** Hash the stored pieces, to compare them with what was served. */
  hashed?: boolean
  /** Generate a token after each load; by default, yes. */
  generates?: boolean
  /** Hold the machine's free memory ready for each step (`holdMemory`); by default, yes. */
  holdsMemory?: boolean
  /** How often the Blobs are read and the model loaded from them, in turn; by default, once. */
  rounds?: number
  onStep?: (step: string) => void
}

export interface LoadReport {
  /** The address that the model was loaded from. */
  model: string
  browser: string
  cold: LoadRun
  rounds: WarmRound[]
  /** What is stored, with its hashes where they were wanted. */
  pieces: BlobsRead['pieces']
  /** What `navigator.storage.estimate()` said before the download and after it. */
  estimates: { before: StorageEstimate; after: StorageEstimate }
  /** On the disk: what IndexedDB takes, the whole profile, and what was written to get there. */
  indexedDbBytes: number
  profileBytes: number
  writtenBytes: number
  /** The files behind the Blobs, read and copied without a browser. */
  diskRead: Rate
  diskCopy: Rate
  /** Bytes of memory held ready before a load, before the Blobs were read, and the files; the least of these. */
  heldBytes: number
  /** Whether each of these reads began with an empty page cache. */
  isCacheDropped: boolean
  samples: MemorySample[]
}

/** The model from storage, and what that is compared with. */
export interface WarmRound {
  /** The Blobs, read by the same browser from IndexedDB. */
  blobs: BlobsRead
  warm: LoadRun & {
    /** When the page began to open, since 1970. */
    openedMs: number
    /** Connections to the address that the model came from; its server is gone by then. */
    connections: number
  }
}

export interface LoadRun {
  load: LoadTimes
  /** Undefined where none was wanted. */
  token: FirstToken | undefined
  /** JavaScript heap and array buffers before the load, and at most until the first token. */
  idleHeapBytes: number
  peakHeapBytes: number
  peakGpuResident: number
  /** Resident memory of the renderers at most, and what was private to them at most. */
  peakRendererResident: number
  peakRendererPrivate: number
}

/** As much of the files is read and copied for comparison: enough, and disks are slow. */
const DISK_SAMPLE_BYTES = 4e9

export async function measureLoad(options: LoadOptions): Promise<LoadReport> {
  const { adapter, profile, hashed = false, rounds = 1, onStep = () => {} } = options
  const { holdsMemory = true } = options
  const page = await servePage('load')
  const server = await startSynthesis(options.checkpoint)
  const samples: MemorySample[] = []
  let browser: BenchBrowser<BenchPage> | undefined
  let memory: HeldMemory | undefined
  let isCacheDropped = false
  let openedMs = 0
  let heldBytes = Number.POSITIVE_INFINITY
  /** Nothing of the disk is in memory then, and all of that is at hand. */
  const prepareMachine = async () => {
    isCacheDropped = dropPageCache()
    if (holdsMemory) memory = await holdMemory()
    heldBytes = Math.min(heldBytes, memory?.byteLength ?? 0)
  }
  const releaseMemory = async () => {
    await memory?.release()
    memory = undefined
  }
  const open = async (step: string) => {
    onStep(step)
    await prepareMachine()
    openedMs = Date.now()
    browser = await openBrowser<BenchPage>(profile, adapter, page.url)
    return browser
  }
  const close = async () => {
    if (browser) samples.push(...(await browser.memory.stop()))
    await browser?.close()
    browser = undefined
    await releaseMemory()
  }

  try {
    const first = await open('cold load')
    const before = await first.call('start')
    const cold = await run(first, 'cold', server.model, options)
    const after = await first.call('start')
    const written = writtenBytes(first.pid)
    const version = first.version
    await close()
    await server.stop()

    let pieces: BlobsRead['pieces'] = []
    const warmRounds: WarmRound[] = []
    while (warmRounds.length < rounds) {
      const reader = await open('Blobs')
      const blobs = await reader.call('readBlobs', false)
      // Its memory says nothing of the engine.
      await reader.memory.stop()
      await reader.close()
      browser = undefined
      await releaseMemory()

      const connections = await countConnections(server.port)
      const second = await open('warm load')
      await second.call('start')
      const warm = await run(second, 'warm', server.model, options)
      warmRounds.push({ blobs, warm: { ...warm, openedMs, connections: connections.stop() } })
      pieces = hashed ? (await second.call('readBlobs', true)).pieces : blobs.pieces
      await close()
    }

    onStep('disk')
    const stored = filesBelow(join(profile, 'Default', 'IndexedDB'))
    const indexedDbBytes = diskUsage(join(profile, 'Default', 'IndexedDB'))
    const profileBytes = diskUsage(profile)
    await prepareMachine()
    const diskRead = await readFiles(stored, DISK_SAMPLE_BYTES)
    await releaseMemory()
    await prepareMachine()
    const diskCopy = await copyFiles(stored, join(profile, 'copy'), DISK_SAMPLE_BYTES)
    await releaseMemory()

    return {
      model: server.model,
      browser: version,
      cold,
      rounds: warmRounds,
      pieces,
      estimates: { before, after },
      indexedDbBytes,
      profileBytes,
      writtenBytes: written,
      diskRead,
      diskCopy,
      heldBytes,
      isCacheDropped,
      samples,
    }
  } finally {
    // Each for itself: a browser that was killed cannot be closed, and the rest must end all the same.
    await Promise.allSettled([close(), releaseMemory(), server.stop(), page.close()])
  }
}

/** Loads the model, and generates a token where that is wanted, in a page whose worker is idle. */
async function run(
  { memory, call }: BenchBrowser<BenchPage>,
  step: 'cold' | 'warm',
  model: string,
  { contextTokens, generates = true }: LoadOptions,
): Promise<LoadRun> {
  memory.step = `${step} idle`
  await memory.taken(IDLE_SAMPLES)
  const idle = memory.samples.slice(-IDLE_SAMPLES).map(heapBytes)
  const begin = memory.samples.length
  memory.step = `${step} load`
  const load = await call('load', model, contextTokens)
  memory.step = `${step} token`
  const token = generates ? await call('firstToken') : undefined
  // What the load leaves is heard of late, and can be more than what it was seen to take.
  await memory.taken(AFTER_SAMPLES)
  const samples = memory.samples.slice(begin)
  return {
    load,
    token,
    idleHeapBytes: Math.min(...idle),
    peakHeapBytes: Math.max(...samples.map(heapBytes)),
    peakGpuResident: Math.max(...samples.map(({ gpuResident }) => gpuResident)),
    peakRendererResident: Math.max(...samples.map(({ rendererResident }) => rendererResident)),
    peakRendererPrivate: Math.max(
      ...samples.map(({ rendererResident, rendererShared }) => rendererResident - rendererShared),
    ),
  }
}

const IDLE_SAMPLES = 5
const AFTER_SAMPLES = 5

/** Serves a checkpoint from a process of its own. */
async function startSynthesis(checkpoint: readonly string[]) {
  const child = spawn(
    process.execPath,
    [path('../../tools/engine.mjs'), 'synthesize', ...checkpoint, '--serve'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const model = await firstLine(child)
  const ended = once(child, 'exit')
  return {
    model,
    port: Number(new URL(model).port),
    async stop() {
      child.kill()
      await ended
    },
  }
}

/** Takes the place of a server that is gone, and tells who asked for it. */
async function countConnections(port: number): Promise<{ stop(): number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    stop() {
      server.close()
      return connections
    },
  }
}

/** An empty folder for a profile. */
export function emptyFolder(folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}
