/** What a browser takes while it loads a model, sampled over time, and what it can take. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DevTools } from './devtools'
import { firstLine } from './lines'

/** One moment; sizes in bytes. */
export interface MemorySample {
  /** Since 1970. */
  atMs: number
  /** What was under way. */
  step: string
  /** JavaScript objects, and the browser's own that they hold, in the page and in the worker. */
  pageHeap: number
  workerHeap: number
  /** ArrayBuffers, mapped GPU staging included, in the page and in the worker. */
  pageBuffers: number
  workerBuffers: number
  /** Resident memory of the processes by their kind. A software adapter's GPU memory is in `gpu`. */
  rendererResident: number
  /** Of it, what is mapped from files or shared with other processes. */
  rendererShared: number
  gpuResident: number
  otherResident: number
}

/** JavaScript heap and array buffers together: what must not grow with the model. */
export const heapBytes = (sample: MemorySample): number =>
  sample.pageHeap + sample.workerHeap + sample.pageBuffers + sample.workerBuffers

interface HeapUsage {
  usedSize: number
  embedderHeapUsedSize: number
  backingStorageSize: number
}

/**
 * Samples until it is stopped. Heaps are read by `Runtime.getHeapUsage` of the DevTools protocol,
 * which counts array buffers too (`backingStorageSize`) and, unlike `performance.memory`, exists for
 * workers and is exact; it never forces a collection, so garbage counts until the engine collects it.
 */
export class MemorySampler {
  readonly samples: MemorySample[] = []
  step = 'idle'
  readonly #devTools: DevTools
  readonly #page: string
  readonly #browserPid: number
  /** DevTools sessions of the page's workers. */
  readonly #workers = new Set<string>()
  #stopped = false
  #done: Promise<void> | undefined

  private constructor(devTools: DevTools, page: string, browserPid: number) {
    this.#devTools = devTools
    this.#page = page
    this.#browserPid = browserPid
  }

  /** Starts to sample a page, which is given by its session, and its workers. */
  static async start(devTools: DevTools, page: string, browserPid: number): Promise<MemorySampler> {
    const sampler = new MemorySampler(devTools, page, browserPid)
    devTools.on((method, { sessionId }) => {
      if (method === 'Target.attachedToTarget') sampler.#workers.add(String(sessionId))
      if (method === 'Target.detachedFromTarget') sampler.#workers.delete(String(sessionId))
    })
    const everyWorker = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true }
    await devTools.send('Target.setAutoAttach', everyWorker, page)
    sampler.#done = sampler.#run()
    return sampler
  }

  /** Resolves when so many more samples have been taken. */
  async taken(count: number): Promise<void> {
    const wanted = this.samples.length + count
    while (this.samples.length < wanted) {
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_INTERVAL_MS))
    }
  }

  async stop(): Promise<MemorySample[]> {
    this.#stopped = true
    await this.#done
    return this.samples
  }

  async #run() {
    while (!this.#stopped) {
      const nextMs = Date.now() + SAMPLE_INTERVAL_MS
      // A worker, or the browser, that has just ended has no heap.
      const sample = await this.#sample().catch(() => undefined)
      if (sample) this.samples.push(sample)
      await new Promise((resolve) => setTimeout(resolve, nextMs - Date.now()))
    }
  }

  async #sample(): Promise<MemorySample> {
    const heapUsage = (sessionId: string) =>
      this.#devTools.send<HeapUsage>('Runtime.getHeapUsage', {}, sessionId)
    const [page, workers] = await Promise.all([
      heapUsage(this.#page),
      Promise.all(Array.from(this.#workers, heapUsage)),
    ])
    const total = (key: keyof HeapUsage) => workers.reduce((sum, usage) => sum + usage[key], 0)
    return {
      atMs: Date.now(),
      step: this.step,
      pageHeap: page.usedSize + page.embedderHeapUsedSize,
      workerHeap: total('usedSize') + total('embedderHeapUsedSize'),
      pageBuffers: page.backingStorageSize,
      workerBuffers: total('backingStorageSize'),
      ...residentMemory(this.#browserPid),
    }
  }
}

const SAMPLE_INTERVAL_MS = 200

/** Resident memory of a browser's processes, from Linux's /proc. */
function residentMemory(browserPid: number) {
  const resident = { rendererResident: 0, rendererShared: 0, gpuResident: 0, otherResident: 0 }
  for (const pid of processTree(browserPid)) {
    const [, pages = '0', sharedPages = '0'] = readProcess(pid, 'statm').split(' ')
    const kind = /--type=(renderer|gpu)/.exec(readProcess(pid, 'cmdline'))?.[1] ?? 'other'
    resident[`${kind as 'renderer' | 'gpu' | 'other'}Resident`] += Number(pages) * PAGE_BYTES
    if (kind === 'renderer') resident.rendererShared += Number(sharedPages) * PAGE_BYTES
  }
  return resident
}

const PAGE_BYTES = 4096

/** Bytes that a browser's processes have caused to be written to the disk so far. */
export function writtenBytes(browserPid: number): number {
  return processTree(browserPid).reduce((sum, pid) => {
    const written = /^write_bytes: (\d+)/m.exec(readProcess(pid, 'io'))?.[1]
    return sum + Number(written ?? 0)
  }, 0)
}

export interface HeldMemory {
  byteLength: number
  release(): Promise<void>
}

/**
 * Has another process hold all free memory and give it up as it is needed. A virtual machine's host takes memory back
 * that is free for a while, and hands it out again slower than a disk is read (bench/LOG.md); held, it is as
 * near as that of a machine that has its own.
 */
export async function holdMemory(): Promise<HeldMemory> {
  const script = fileURLToPath(new URL('hold.mjs', import.meta.url))
  const holder = spawn(process.execPath, ['--expose-gc', script], {
    // In pages of 2 MiB, which are given up in a fraction of the time.
    env: { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(holder, 'exit')
  const byteLength = Number(await firstLine(holder))
  return {
    byteLength,
    async release() {
      holder.kill()
      await ended
    },
  }
}

/** A process and all that descend from it. */
function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readProcess(Number(name), 'stat')
    // The second field, the command, may hold spaces and parentheses itself.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const tree: number[] = []
  for (const pending = [root]; pending.length > 0; ) {
    const pid = pending.pop() as number
    tree.push(pid)
    pending.push(...(children.get(pid) ?? []))
  }
  return tree
}

/** A file of /proc; empty where the process has ended. */
function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
