/**
 * Our engine and others that run gpt-oss in a browser, on models of the same shapes, in turn: each
 * measures prompts of the same lengths in every round, so that what else the machine does meets
 * them alike.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Spread, spreadOf } from '../../src/app/benchmark/spread'
import { type ModelConfig, parseConfig } from '../../src/engine/model/config'
import type { SourceTokenizer } from '../../src/engine/testing/gguf-file'
import { listen, serveSource } from '../../src/engine/testing/http-server'
import {
  type Recipe,
  sourceOfPieces,
  syntheticGgufSource,
  syntheticSource,
} from '../../src/engine/testing/synthetic-checkpoint'
import { namedRecipe } from '../../src/engine/testing/synthetic-shapes'
import { syntheticTokenizer } from '../../src/engine/testing/synthetic-tokenizer'
import type { Ceilings } from '../ceilings'
import { commit } from '../commit.mjs'
import { type Adapter, type BenchBrowser, openBrowser } from '../load/browser'
import { emptyFolder } from '../load/measure'
import { table, threeDigits } from '../table'
import type { ModelFiles } from './contestant'
import { onnxFiles } from './onnx-model'
import type { AdapterFacts, BenchPage, ContestantName } from './page'
import { servePeers } from './serve'

const usage = `usage: npm run bench:peers -- [options]

  --shape S|L1|M       the model: small, one layer of gpt-oss-20b, two of them (S)
  --adapter llvmpipe|swiftshader|gpu
                       the software adapter in Chromium, or the GPU that it finds (llvmpipe)
  --prompts 64,256     lengths of the prompts whose prefill is measured, in tokens
  --decoded 32         tokens decoded after a short prompt
  --rounds 5           that count; one before them is for warming up
  --only WORD          of the others, those whose name contains it
  --timeout 15         minutes after which a measurement counts as failed
  --json FILE          all figures, for programs`

const options = {
  shape: { type: 'string', default: 'S' },
  adapter: { type: 'string', default: 'llvmpipe' },
  prompts: { type: 'string', default: '64,256' },
  decoded: { type: 'string', default: '32' },
  rounds: { type: 'string', default: '5' },
  only: { type: 'string', default: '' },
  timeout: { type: 'string', default: '15' },
  json: { type: 'string' },
} as const

/**
 * Tokens that wllama gives its GPU at a time: with more, its wait of 30 s for the queue runs out on
 * llvmpipe and it aborts.
 */
const microBatches: Record<string, number> = { S: 64, L1: 4, M: 2 }

const ours: readonly ContestantName[] = ['alcove, the same GGUF', 'alcove, BF16 as published']
const others: readonly ContestantName[] = [
  'wllama, WebGPU',
  'onnxruntime-web, WebGPU',
  'wllama, CPU, 1 thread',
]

const profile = (index: number) =>
  fileURLToPath(new URL(`../../.cache/bench-peers-profile-${index}`, import.meta.url))

interface Given {
  shape: string
  recipe: Recipe
  adapter: Adapter
  prompts: number[]
  decoded: number
  rounds: number
  only: string
  timeoutMs: number
  json: string | undefined
}

/** An engine, its browser, and what came of it. */
interface Entry {
  name: ContestantName
  browser: BenchBrowser<BenchPage>
  about: Record<string, unknown>
  rounds: Round[]
  /** Why it takes no further part. */
  failure?: string
}

/** Tokens a second in one round, and what the adapter gave before and after. */
interface Round {
  prefill: number[]
  decode: number
  before: Ceilings
  after: Ceilings
}

/** Measures, and prints where it measured, then the speeds and how many times ours is each. */
export async function main(args: string[]): Promise<void> {
  let given: Given
  try {
    given = parse(args)
  } catch (error) {
    console.error(`error: ${(error as Error).message}\n\n${usage}`)
    process.exitCode = 1
    return
  }
  const load = loadavg()[0] ?? 0
  const { entries, facts, version } = await measure(given)
  const where = {
    shape: given.shape,
    adapter: `${given.adapter}: ${facts.name}${facts.f16 ? ', f16' : ''}`,
    browser: `${version}, headless`,
    machine: `${availableParallelism()} cores, load average ${threeDigits(load)} before`,
    calibration: describeCalibrations(entries),
    commit: commit(),
    command: ['npm run bench:peers', '--', ...args].join(' '),
  }
  for (const [name, value] of Object.entries(where)) console.log(`${name}: ${value}`)
  console.log(`\n${table(entries.map((entry) => speedRow(entry, given)))}`)
  const ratios = ratioRows(entries, given)
  if (ratios.length > 0) console.log(`\n${table(ratios)}`)
  for (const { name, failure } of entries) if (failure) console.log(`\n${name}: ${failure}`)
  if (given.json) {
    const engines = entries.map(({ browser: _, ...entry }) => entry)
    writeFileSync(given.json, `${JSON.stringify({ ...where, engines, ratios }, null, 2)}\n`)
  }
}

function parse(args: string[]): Given {
  const { values } = parseArgs({ args, options })
  const { shape, adapter, only, json } = values
  const count = (
    name: 'prompts' | 'decoded' | 'rounds' | 'timeout',
    text: string = values[name],
  ) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is no whole number`)
    return value
  }
  const recipe = namedRecipe(shape)
  if (!recipe || !(shape in microBatches))
    throw new Error(`--shape ${shape}: there is no such shape`)
  if (!['swiftshader', 'llvmpipe', 'gpu'].includes(adapter))
    throw new Error(`--adapter ${adapter}: there is no such adapter`)
  return {
    shape,
    recipe,
    adapter: adapter as Adapter,
    prompts: values.prompts.split(',').map((text) => count('prompts', text)),
    decoded: count('decoded'),
    rounds: count('rounds'),
    only,
    timeoutMs: 60_000 * count('timeout'),
    json,
  }
}

async function measure(given: Given) {
  const served = await servePeers()
  const closers: (() => unknown)[] = [() => served.close()]
  const entries: Entry[] = []
  // Every engine gets the same bindings: the peers do not cut a weight up, ours does where it must.
  const environment: Record<string, string> =
    given.adapter === 'llvmpipe' ? { LLVMPIPE_LARGE_BINDINGS: '1' } : {}
  try {
    async function open(name: ContestantName) {
      const folder = emptyFolder(profile(entries.length))
      const browser = await openBrowser<BenchPage>(folder, given.adapter, served.url, environment)
      closers.push(async () => {
        await browser.close()
        rmSync(folder, { recursive: true, force: true })
      })
      // Its samples would cost what is to be measured.
      await browser.memory.stop()
      const entry: Entry = { name, browser, about: {}, rounds: [] }
      entries.push(entry)
      return entry
    }
    for (const name of [...ours, ...others.filter((other) => other.includes(given.only))])
      await open(name)
    const { browser } = entries[0] as Entry
    const facts = await browser.call('adapter')
    const { files, close } = await serveModel(given, facts)
    closers.push(close)
    for (const entry of entries) {
      if (entry.name === 'wllama, WebGPU' && !facts.f16) {
        entry.failure = 'it needs shader-f16, and computes on the processor without saying so'
        continue
      }
      console.error(`${entry.name}: loading`)
      await attempt(entry, given, async () => {
        entry.about = await entry.browser.call('open', entry.name, files)
      })
    }
    for (let round = 0; round <= given.rounds; round++)
      for (const entry of entries.filter(({ failure }) => !failure))
        await attempt(entry, given, async () => {
          const measured = await measureRound(entry, given, round)
          console.error(`${entry.name}: round ${round} of ${given.rounds}`, speeds(measured))
          // The first compiles shaders and takes memory.
          if (round > 0) entry.rounds.push(measured)
        })
    return { entries, facts, version: browser.version }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/** The model's files, computed as they are asked for. */
async function serveModel({ shape, recipe }: Given, { f16 }: AdapterFacts) {
  const config: ModelConfig = parseConfig(recipe.config)
  const float = f16 ? 'f16' : 'f32'
  const serve = async (source: Parameters<typeof serveSource>[0]) => {
    const { port, close } = await listen(serveSource(source))
    return { url: `http://127.0.0.1:${port}/`, close }
  }
  const safetensors = await serve(syntheticSource(recipe))
  const gguf = await serve(syntheticGgufSource(recipe, 'Q8_0'))
  const onnx = await serve(sourceOfPieces(onnxFiles(config, float)))
  const files: ModelFiles = {
    safetensors: safetensors.url,
    gguf: `${gguf.url}model.gguf`,
    onnx: onnx.url,
    float,
    layers: config.numHiddenLayers,
    kvHeads: config.numKeyValueHeads,
    headDim: config.headDim,
    vocabSize: config.vocabSize,
    microBatch: microBatches[shape] as number,
    ...tokensOf(config.vocabSize),
  }
  return {
    files,
    close() {
      for (const server of [safetensors, gguf, onnx]) server.close()
    },
  }
}

/** What wllama has to know of the tokens, since it takes text and gives text. */
function tokensOf(vocabSize: number): Pick<ModelFiles, 'words' | 'brokenTokens'> {
  const json = syntheticTokenizer(vocabSize)
  if (!json) throw new Error('the vocabulary is too small for a tokenizer')
  const { model } = JSON.parse(new TextDecoder().decode(json)) as SourceTokenizer
  const tokens = Object.entries(model.vocab)
  // Ġ and Ċ stand for a space and the end of a line.
  const isText = (token: string) => /^[\x21-\x7e\u0120\u010a]+$/.test(token)
  return {
    words: tokens.flatMap(([token]) => /^\u0120([a-z])$/.exec(token)?.[1] ?? []),
    brokenTokens: tokens.flatMap(([token, id]) => (isText(token) ? [] : [id])),
  }
}

async function measureRound(
  { browser: { call } }: Entry,
  { prompts, decoded }: Given,
  round: number,
): Promise<Round> {
  const before = await call('calibrate')
  // So that no prompt begins as an earlier one did, which an engine may have kept.
  let seed = round * (prompts.length + 1)
  const prefill: number[] = []
  for (const tokens of prompts)
    prefill.push((1000 * tokens) / (await call('prefill', tokens, seed++)))
  const decode = (1000 * decoded) / (await call('decode', decoded, seed))
  return { prefill, decode, before, after: await call('calibrate') }
}

/** Work of one engine; where it fails or takes too long the others go on without it. */
async function attempt(entry: Entry, { timeoutMs }: Given, work: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    const minutes = timeoutMs / 60_000
    timer = setTimeout(() => reject(new Error(`no answer for ${minutes} minutes`)), timeoutMs)
  })
  try {
    await Promise.race([work(), tooLong])
  } catch (error) {
    entry.failure = (error as Error).message.split('\n').slice(0, 3).join(' ')
    console.error(`${entry.name}: ${entry.failure}`)
    await entry.browser.close()
  } finally {
    clearTimeout(timer)
  }
}

const speeds = ({ prefill, decode }: Round) => [...prefill, decode].map(threeDigits).join(' ')

/** How much the adapter gave, over all rounds: by its spread one sees how much else the machine did. */
function describeCalibrations(entries: readonly Entry[]): string {
  const all = entries.flatMap(({ rounds }) =>
    rounds.flatMap(({ before, after }) => [before, after]),
  )
  if (all.length === 0) return 'none'
  const copy = spreadOf(all.map((one) => one.copy))
  const multiplyAdd = spreadOf(all.map((one) => one.multiplyAdd))
  return `copy ${withQuartiles(copy)} GB/s, multiply-add ${withQuartiles(multiplyAdd)} GFLOP/s`
}

const withQuartiles = ({ median, low, high }: Spread) =>
  `${threeDigits(median)} (${threeDigits(low)} to ${threeDigits(high)})`

/** What a round measures, by the names of the columns. */
function figures({ prompts }: Given): [name: string, of: (round: Round) => number][] {
  return [
    ...prompts.map((tokens, i): [string, (round: Round) => number] => [
      `prefill ${tokens}`,
      ({ prefill }) => prefill[i] as number,
    ]),
    ['decode', ({ decode }) => decode],
  ]
}

function speedRow({ name, rounds }: Entry, given: Given): Record<string, string> {
  const cells = figures(given).map(([figure, of]) => [
    `${figure}, tok/s`,
    rounds.length === 0 ? 'failed' : withQuartiles(spreadOf(rounds.map(of))),
  ])
  return { engine: name, ...Object.fromEntries(cells) }
}

/** How many times each other engine's speed each of ours is, round by round. */
function ratioRows(entries: readonly Entry[], given: Given): Record<string, string>[] {
  const measured = entries.filter(({ rounds }) => rounds.length > 0)
  const isOurs = ({ name }: Entry) => ours.includes(name)
  return measured.filter(isOurs).flatMap((one) =>
    measured
      .filter((entry) => !isOurs(entry))
      .map((other) => ({
        ratio: `${one.name} ÷ ${other.name}`,
        ...Object.fromEntries(
          figures(given).map(([figure, of]) => {
            const ratios = other.rounds.flatMap((round, i) => {
              const own = one.rounds[i]
              return own ? [of(own) / of(round)] : []
            })
            return [figure, withQuartiles(spreadOf(ratios))]
          }),
        ),
      })),
  )
}
