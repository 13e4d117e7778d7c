/**
 * What the page costs the engine: decode while the chat draws an answer, against decode of the same
 * answer with nothing drawn, one after the other in one browser. Then how a long conversation scrolls.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import react from '@vitejs/plugin-react'
import { spreadOf } from '../../src/app/benchmark/spread'
import { commit } from '../commit.mjs'
import { type Adapter, openBrowser } from '../load/browser'
import { emptyFolder } from '../load/measure'
import { servePage } from '../load/serve'
import { table, threeDigits } from '../table'
import type { BenchPage, Decode } from './page'

const usage = `usage: npm run bench:page -- [options]

  --adapter swiftshader|llvmpipe   the software adapter in Chromium (swiftshader)
  --rounds N                       how often each answer is decoded in both ways (10)
  --json FILE                      the figures, for programs`

const options = {
  adapter: { type: 'string', default: 'swiftshader' },
  rounds: { type: 'string', default: '10' },
  json: { type: 'string' },
} as const

/** Answers of some length: a table, and sums with the work shown. */
const questions = [
  'Make a table of France, Italy, Spain, Japan, Germany and Egypt with their capitals.',
  'What is 437 + 58?',
]

/** Messages of the conversation that is scrolled, and how: 3600 pixels a second at 60 frames. */
const longChat = 500
const scroll = { pixels: 60, frames: 600 }
/** A frame that is later than this has missed its turn at 60 a second. */
const lateMs = 25

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

interface Round {
  drawn: Decode
  notDrawn: Decode
}

/** Measures, and prints where it measured, then a table. */
export async function main(args: string[]): Promise<void> {
  let given: ReturnType<typeof parse>
  try {
    given = parse(args)
  } catch (error) {
    console.error(`error: ${(error as Error).message}\n\n${usage}`)
    process.exitCode = 1
    return
  }
  const load = loadavg()[0] ?? 0
  const { version, rounds, intervals } = await measure(given.adapter, given.rounds)
  const ratios = rounds.map(({ drawn, notDrawn }) => rate(drawn) / rate(notDrawn))
  const ratio = spreadOf(ratios)
  const late = intervals.filter((ms) => ms > lateMs).length
  const figures = {
    'decode, chat drawn, tok/s': spreadOf(rounds.map(({ drawn }) => rate(drawn))).median,
    'decode, nothing drawn, tok/s': spreadOf(rounds.map(({ notDrawn }) => rate(notDrawn))).median,
    'ratio, median of the rounds': ratio.median,
    'ratio, lowest quarter': ratio.low,
    'ratio, highest quarter': ratio.high,
    'tokens decoded in a round': rounds[0]?.drawn.tokens ?? 0,
    rounds: rounds.length,
    [`scrolling ${longChat} messages, ms from frame to frame, median`]: spreadOf(intervals).median,
    'frames in time for 60 a second, %': 100 * (1 - late / intervals.length),
  }
  const where = {
    adapter: given.adapter,
    browser: `${version}, headless`,
    machine: `${availableParallelism()} cores, load average ${threeDigits(load)} before`,
    commit: commit(),
    command: ['npm run bench:page', '--', ...args].join(' '),
  }
  for (const [name, value] of Object.entries(where)) console.log(`${name}: ${value}`)
  const rows = Object.entries(figures).map(([figure, value]) => ({ figure, value }))
  console.log(`\n${table(rows)}`)
  if (given.json)
    writeFileSync(given.json, `${JSON.stringify({ ...where, figures, rounds }, null, 2)}\n`)
}

function parse(args: string[]) {
  const { values } = parseArgs({ args, options })
  const rounds = Number(values.rounds)
  if (!['swiftshader', 'llvmpipe'].includes(values.adapter)) throw new Error('no such adapter')
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is no whole number')
  return { adapter: values.adapter as Adapter, rounds, json: values.json }
}

async function measure(adapter: Adapter, count: number) {
  const served = await servePage('page', { publicDir: path('../../public'), plugins: [react()] })
  const profile = emptyFolder(path('../../.cache/bench-page-profile'))
  try {
    const browser = await openBrowser<BenchPage>(profile, adapter, served.url)
    try {
      // Its samples would cost what is to be measured.
      await browser.memory.stop()
      // The first answers wait for the model and compile what draws them.
      for (const question of questions) await browser.call('askPage', question)
      const rounds: Round[] = []
      for (let index = 0; index < count; index++)
        rounds.push(await measureRound(browser.call, index % 2 === 0))
      await browser.call('openLong', longChat)
      const intervals = await browser.call('scroll', scroll)
      return { version: browser.version, rounds, intervals }
    } finally {
      await browser.close()
    }
  } finally {
    await served.close()
    rmSync(profile, { recursive: true, force: true })
  }
}

/** Every answer in both ways; the one that comes first alternates, as it may find the machine warmer. */
async function measureRound(
  call: Awaited<ReturnType<typeof openBrowser<BenchPage>>>['call'],
  isDrawnFirst: boolean,
): Promise<Round> {
  const drawn: Decode[] = []
  const notDrawn: Decode[] = []
  for (const question of questions) {
    const request = await call('requestOf', question)
    const draw = async () => drawn.push((await call('askPage', question)).decode)
    const decode = async () => notDrawn.push((await call('askEngine', request)).decode)
    for (const way of isDrawnFirst ? [draw, decode] : [decode, draw]) await way()
  }
  return { drawn: sum(drawn), notDrawn: sum(notDrawn) }
}

const sum = (parts: readonly Decode[]): Decode => ({
  tokens: parts.reduce((total, { tokens }) => total + tokens, 0),
  elapsedMs: parts.reduce((total, { elapsedMs }) => total + elapsedMs, 0),
})

const rate = ({ tokens, elapsedMs }: Decode) => (1000 * tokens) / elapsedMs
