import { readdirSync, readFileSync } from 'node:fs'
import type { Gpu } from '../src/engine/gpu/device'

/** What a device spends on work, in milliseconds. */
export interface Clock {
  readonly name: string
  now(): number
}

/**
 * Wall-clock time for a GPU. A software adapter shares the CPU with whatever else runs, so its
 * clock is the CPU time of this process's threads but the main one, which only spins while it
 * waits: a time of n threads for 1 ms counts as n ms, and a rate is one of a single core.
 */
export function createClock(gpu: Gpu): Clock {
  return gpu.device.adapterInfo.isFallbackAdapter
    ? { name: 'CPU time of the adapter, all threads added', now: cpuOfOtherThreads }
    : { name: 'wall clock', now: () => performance.now() }
}

/** From Linux's /proc: the first field of a thread's schedstat is its nanoseconds on a CPU. */
function cpuOfOtherThreads(): number {
  const tasks = '/proc/self/task'
  let nanoseconds = 0
  for (const thread of readdirSync(tasks)) {
    if (thread === String(process.pid)) continue
    try {
      nanoseconds += Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // The thread ended between the listing and the reading.
    }
  }
  return nanoseconds / 1e6
}
