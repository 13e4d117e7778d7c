/**
 * Loads a synthetic checkpoint in a real browser as a person would: first from a server, then, the
 * browser restarted, from storage; and measures what each phase takes of time, memory and disk.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { BlobsRead } from './blobs.worker'
import { type Adapter, type BenchBrowser, openBrowser } from './browser'
import { copyFiles, diskUsage, dropPageCache, filesBelow, type Rate, readFiles } from './disk'
import { fillMemory, heapBytes, type MemorySample, writtenBytes } from './memory'
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
  /**
   * How long nothing happens before the Blobs are read and before the warm load; by default 20 s. Memory that was in use a
   * moment ago is had faster than memory that a virtual machine has given back to its host.
   */
  restMs?: number
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
  /** Main memory, of which a software adapter's is a part, written for the first time. */
  memoryFill: Rate
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
const MEMORY_SAMPLE_BYTES = 4e9

export async function measureLoad(options: LoadOptions): Promise<LoadReport> {
  const { adapter, profile, hashed = false, rounds = 1, onStep = () => {} } = options
  const { restMs = 20_000 } = options
  const rest = () => new Promise((resolve) => setTimeout(resolve, restMs))
  const page = await servePage('load')
  const server = await startSynthesis(options.checkpoint)
  const samples: MemorySample[] = []
  let browser: BenchBrowser<BenchPage> | undefined
  const open = async (step: string) => {
    onStep(step)
    browser = await openBrowser<BenchPage>(profile, adapter, page.url)
    return browser
  }
  const close = async () => {
    if (browser) samples.push(...(await browser.memory.stop()))
    await browser?.close()
    browser = undefined
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

    let isCacheDropped = false
    let pieces: BlobsRead['pieces'] = []
    const warmRounds: WarmRound[] = []
    while (warmRounds.length < rounds) {
      isCacheDropped = dropPageCache()
      await rest()
      const reader = await open('Blobs')
      const blobs = await reader.call('readBlobs', false)
      // Its memory says nothing of the engine.
      await reader.memory.stop()
      await reader.close()
      browser = undefined

      dropPageCache()
      await rest()
      const connections = await countConnections(server.port)
      const openedMs = Date.now()
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
    dropPageCache()
    const diskRead = await readFiles(stored, DISK_SAMPLE_BYTES)
    dropPageCache()
    const diskCopy = await copyFiles(stored, join(profile, 'copy'), DISK_SAMPLE_BYTES)

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
      memoryFill: fillMemory(MEMORY_SAMPLE_BYTES),
      isCacheDropped,
      samples,
    }
  } finally {
    // Each for itself: a browser that was killed cannot be closed, and the rest must end all the same.
    await Promise.allSettled([close(), server.stop(), page.close()])
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
  await memory.taken(1)
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

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface(stdout)) return line
  throw new Error('engine synthesize did not start')
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
