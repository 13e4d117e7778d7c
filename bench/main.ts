import { writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { openNodeGpu } from '../tools/engine/adapter'
import { createClock } from './clock'
import { commit } from './commit'
import { benchGenerate } from './generate.bench'
import { benchKernels } from './kernels.bench'
import { table, threeDigits } from './table'

/** What the command line gave; run.mjs has its usage. */
export interface Given {
  suite?: 'kernels' | 'generate'
  only?: string
  model?: string
  json?: string
}

/** Measures, and prints where it measured, then a table for each suite. */
export async function main({ suite, only, model, json }: Given): Promise<void> {
  const gpu = await openNodeGpu()
  const clock = createClock(gpu)
  const where = {
    device: [gpu.adapter.vendor, gpu.adapter.architecture, gpu.adapter.description]
      .join(' ')
      .trim(),
    features: gpu.features,
    limits: gpu.limits,
    clock: clock.name,
    machine: `${availableParallelism()} cores, load average ${threeDigits(loadavg()[0] ?? 0)}`,
    commit: commit(),
    command: ['npm run bench', '--', ...process.argv.slice(2)].join(' '),
  }
  for (const [name, value] of Object.entries(where))
    console.log(`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)

  const results: Record<string, unknown> = {}
  if (suite !== 'generate') {
    const { ceilings, kernels } = await benchKernels(gpu, clock, only)
    results.ceilings = ceilings
    results.kernels = kernels
    const { copy, read, multiplyAdd } = ceilings
    const memory = `copy ${threeDigits(copy)} GB/s, read ${threeDigits(read)} GB/s`
    console.log(`ceilings: ${memory}, multiply-add ${threeDigits(multiplyAdd)} GFLOP/s`)
    console.log(`\n${table(kernels)}`)
  }
  if (suite !== 'kernels') {
    results.generate = await benchGenerate(gpu, clock, model)
    console.log(`\n${table(results.generate as object[])}`)
  }
  if (json) writeFileSync(json, `${JSON.stringify({ ...where, ...results }, null, 2)}\n`)
}
