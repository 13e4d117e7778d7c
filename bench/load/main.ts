import { rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { commit } from '../commit.mjs'
import { table, threeDigits } from '../table'
import type { Adapter } from './browser'
import type { Rate } from './disk'
import { emptyFolder, type LoadReport, type LoadRun, measureLoad, type WarmRound } from './measure'
import { plotSvg } from './plot'

const usage = `usage: npm run bench:load -- --shape SHAPE [options]

  --shape, --layers, --vocab, --seed, --format, --hashes   as of engine synthesize
  --adapter llvmpipe|swiftshader   the software adapter in Chromium (llvmpipe: it has its memory as a GPU's driver has,
                                   SwiftShader writes zeros to all of it, on the cores that read)
  --context N                      positions of context (512)
  --load-only                      generate no token: on a software adapter that takes most of the time
  --rounds N                       read the Blobs and load from them so often, in turn (1); of several, the table has
                                   the one whose share of the Blobs' rate is the median, and all shares
  --profile DIR                    where the browser's profile goes, emptied before and removed after
                                   (.cache/bench-load-profile); the model lies there meanwhile
  --plot FILE                      an SVG of the memory over time
  --json FILE                      the figures, for programs`

const options = {
  shape: { type: 'string' },
  layers: { type: 'string' },
  vocab: { type: 'string' },
  seed: { type: 'string' },
  format: { type: 'string' },
  hashes: { type: 'boolean' },
  adapter: { type: 'string', default: 'llvmpipe' },
  context: { type: 'string', default: '512' },
  rounds: { type: 'string', default: '1' },
  'load-only': { type: 'boolean', default: false },
  profile: {
    type: 'string',
    default: fileURLToPath(new URL('../../.cache/bench-load-profile', import.meta.url)),
  },
  plot: { type: 'string' },
  json: { type: 'string' },
} as const

type Given = ReturnType<typeof parse>

function parse(args: string[]) {
  const { values } = parseArgs({ args, options })
  if (!values.shape) throw new Error('--shape is missing')
  if (!/^[1-9]\d?$/.test(values.rounds)) throw new Error('--rounds is a number from 1 to 99')
  if (!['swiftshader', 'llvmpipe'].includes(values.adapter)) throw new Error('no such adapter')
  return values
}

/** Measures one load after another, and prints where it measured, then a table. */
export async function main(args: string[]): Promise<void> {
  let given: Given
  try {
    given = parse(args)
  } catch (error) {
    console.error(`error: ${(error as Error).message}\n\n${usage}`)
    process.exitCode = 1
    return
  }
  const where = {
    adapter: given.adapter,
    machine: `${availableParallelism()} cores, ${gigabytes(totalmem())} GB, load average ${threeDigits(loadavg()[0] ?? 0)} before`,
    commit: commit(),
    command: ['npm run bench:load', '--', ...args].join(' '),
  }
  const profile = emptyFolder(join(given.profile))
  let report: LoadReport
  try {
    report = await measureLoad({
      checkpoint: synthesisArguments(given),
      adapter: given.adapter as Adapter,
      contextTokens: Number(given.context),
      generates: !given['load-only'],
      rounds: Number(given.rounds),
      profile,
      onStep: (step) => console.error(`${new Date().toISOString()} ${step}`),
    })
  } finally {
    rmSync(profile, { recursive: true, force: true })
  }
  for (const [name, value] of Object.entries(where)) console.log(`${name}: ${value}`)
  console.log(`browser: ${report.browser}, headless`)
  const figures = summarize(report)
  console.log(`\n${table(rows(figures))}`)
  if (given.json) {
    const { samples, ...rest } = report
    writeFileSync(given.json, `${JSON.stringify({ ...where, figures, ...rest }, null, 2)}\n`)
  }
  if (given.plot) writeFileSync(given.plot, plotSvg(report.samples, given.shape ?? ''))
}

function synthesisArguments(given: Given): string[] {
  const names = ['shape', 'layers', 'vocab', 'seed', 'format'] as const
  const values = names.flatMap((name) => {
    const value = given[name]
    return value === undefined ? [] : [`--${name}`, value]
  })
  return given.hashes ? [...values, '--hashes'] : values
}

/** The report in the units of the table: GB (10⁹ bytes), MB (10⁶), MB/s, seconds. */
export function summarize(report: LoadReport) {
  const { cold } = report
  const rounds = report.rounds.map((round) => ({ ...round, share: shareOf(round) }))
  const ranked = rounds.toSorted((a, b) => a.share - b.share)
  const { warm, blobs } = ranked[Math.floor((ranked.length - 1) / 2)] as WarmRound
  const bytes = blobs.byteLength
  const rate = (fromMs: number, toMs: number, length = bytes) =>
    toMs > fromMs ? length / 1e3 / (toMs - fromMs) : 0
  const ofRate = ({ byteLength, elapsedMs }: Rate) => byteLength / 1e3 / elapsedMs
  const heap = ({ peakHeapBytes, idleHeapBytes }: LoadRun) => (peakHeapBytes - idleHeapBytes) / 1e6
  const seconds = (fromMs: number, toMs: number) => (toMs - fromMs) / 1e3
  const firstToken = ({ token }: LoadRun, step: 'cold' | 'warm') =>
    token && { [`${step}: first token after that, s`]: seconds(token.startedMs, token.endedMs) }
  const warmRate = rate(warm.load.startedMs, warm.load.endedMs)
  const blobRate = rate(0, blobs.elapsedMs)
  return {
    'model, GB': bytes / 1e9,
    'weights on the GPU, GB': cold.load.info.weightBytes / 1e9,
    'cold: GPU memory allocated after, s': seconds(cold.load.startedMs, cold.load.allocatedMs),
    'cold: downloaded and stored, MB/s': rate(cold.load.startedMs, cold.load.downloadedMs),
    'cold: uploaded, MB/s': rate(cold.load.startedMs, cold.load.uploadedMs),
    'cold: compiled after, s': seconds(cold.load.startedMs, cold.load.compiledMs),
    'cold: load, s': seconds(cold.load.startedMs, cold.load.endedMs),
    ...firstToken(cold, 'cold'),
    'warm: load, s': seconds(warm.load.startedMs, warm.load.endedMs),
    'warm: load, MB/s': warmRate,
    'warm: GPU memory allocated after, s': seconds(warm.load.startedMs, warm.load.allocatedMs),
    'warm: uploaded, MB/s': rate(warm.load.startedMs, warm.load.uploadedMs),
    'warm: compiled after, s': seconds(warm.load.startedMs, warm.load.compiledMs),
    ...firstToken(warm, 'warm'),
    ...(warm.token && {
      'warm: first token after the start of the browser, s': seconds(
        warm.openedMs,
        warm.token.endedMs,
      ),
      'prompt, tokens': warm.token.promptTokens,
    }),
    'warm: connections to the server': warm.connections,
    'Blobs from IndexedDB, MB/s': blobRate,
    'warm load of that, %': (100 * warmRate) / blobRate,
    ...(rounds.length > 1 && {
      'the same of each round, %': rounds.map(({ share }) => threeDigits(100 * share)).join(', '),
    }),
    'their files, read without a browser, MB/s': ofRate(report.diskRead),
    'their files, copied, MB/s': ofRate(report.diskCopy),
    'main memory held ready before each, GB': report.heldBytes / 1e9,
    'page cache dropped before each': report.isCacheDropped ? 'yes' : 'no',
    'IndexedDB on the disk, GB': report.indexedDbBytes / 1e9,
    'profile on the disk, GB': report.profileBytes / 1e9,
    'written by the browser, GB': report.writtenBytes / 1e9,
    'estimate before: quota, GB': (report.estimates.before.quota ?? 0) / 1e9,
    'cold: heap and buffers above idle, MB': heap(cold),
    'warm: heap and buffers above idle, MB': Math.max(...rounds.map(({ warm }) => heap(warm))),
    'heap and buffers, idle, MB': warm.idleHeapBytes / 1e6,
    'cold: renderers, MB': cold.peakRendererResident / 1e6,
    'cold: of it their own, not shared or mapped, MB': cold.peakRendererPrivate / 1e6,
    'warm: renderers, MB': warm.peakRendererResident / 1e6,
    'warm: of it their own, not shared or mapped, MB': warm.peakRendererPrivate / 1e6,
    'GPU process, GB': Math.max(cold.peakGpuResident, warm.peakGpuResident) / 1e9,
  }
}

/** A warm load's rate as a share of the Blobs'. */
const shareOf = ({ blobs, warm: { load } }: WarmRound) =>
  blobs.elapsedMs / (load.endedMs - load.startedMs)

const rows = (figures: Record<string, number | string>) =>
  Object.entries(figures).map(([figure, value]) => ({
    figure,
    value: typeof value === 'number' ? threeDigits(value) : value,
  }))

const gigabytes = (bytes: number) => Math.round(bytes / 1e9)
