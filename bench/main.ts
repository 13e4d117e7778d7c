import { writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { openNodeGpu } from '../tools/engine/adapter'
import { createClock } from './clock'
import { commit } from './commit.mjs'
import { benchDecode, benchPrefill, type GenerationOptions } from './generation.bench'
import { benchKernels } from './kernels.bench'
import { table, threeDigits } from './table'

/** What the command line gave; run.mjs has its usage. */
export interface Given extends Partial<GenerationOptions> {
  suite: 'kernels' | 'decode' | 'prefill'
  only?: string | undefined
  json?: string | undefined
}

/** Measures, and prints where it measured, then a table. */
export async function main({ suite, only, json, ...given }: Given): Promise<void> {
  const gpu = await openNodeGpu()
  const clock = createClock(gpu)
  const where = {
    device: [gpu.adapter.vendor, gpu.adapter.architecture, gpu.adapter.description]
      .join(' ')
      .trim(),
    features: gpu.features,
    limits: gpu.limits,
    clock: suite === 'kernels' ? clock.name : 'wall clock',
    machine: `${availableParallelism()} cores, load average ${threeDigits(loadavg()[0] ?? 0)}`,
    commit: commit(),
    command: [
      `npm run bench${suite === 'kernels' ? '' : `:${suite}`} --`,
      ...process.argv.slice(3),
    ].join(' '),
  }
  for (const [name, value] of Object.entries(where))
    console.log(`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)

  const results: Record<string, unknown> = {}
  if (suite === 'kernels') {
    const { ceilings, kernels } = await benchKernels(gpu, clock, only)
    results.ceilings = ceilings
    results.kernels = kernels
    const { copy, read, multiplyAdd } = ceilings
    const memory = `copy ${threeDigits(copy)} GB/s, read ${threeDigits(read)} GB/s`
    console.log(`ceilings: ${memory}, multiply-add ${threeDigits(multiplyAdd)} GFLOP/s`)
    console.log(`\n${table(kernels)}`)
  } else {
    const options = {
      contexts: [0, 1024, 8192],
      prompts: [64, 256, 1024],
      rounds: 5,
      ...given,
    }
    const bench = suite === 'decode' ? benchDecode : benchPrefill
    const rows = await bench(gpu, options)
    results[suite] = rows
    console.log(`\n${table(rows)}`)
  }
  if (json) writeFileSync(json, `${JSON.stringify({ ...where, ...results }, null, 2)}\n`)
}
