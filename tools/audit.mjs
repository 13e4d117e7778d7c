/**
 * Builds the page, serves it compressed as a host would, and has Lighthouse audit it in a headless
 * Chromium:
 *
 *   npm run audit
 *   npm run audit -- --form-factor mobile    a phone on a slow line; desktop is what must pass
 *
 * Throttling is simulated: Lighthouse computes what a slower line and processor would have made of
 * what it saw, which a busy machine disturbs less. Fails below the scores in `wanted`, or where more
 * JavaScript comes before the first paint than `scriptBytesMax`.
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { chromium } from '@playwright/test'
import lighthouse, { desktopConfig } from 'lighthouse'
import { build } from 'vite'
import { findChromium } from './test/chromium.mjs'

const wanted = { performance: 95, accessibility: 100, 'best-practices': 100 }
const scriptBytesMax = 250_000

const { values } = parseArgs({ options: { 'form-factor': { type: 'string', default: 'desktop' } } })
const config = values['form-factor'] === 'mobile' ? undefined : desktopConfig

await build({ logLevel: 'warn' })
const server = await serve(fileURLToPath(new URL('../dist/app', import.meta.url)))
const debuggingPort = await freePort()
const executablePath = findChromium()
const browser = await chromium.launch({
  ...(executablePath && { executablePath }),
  args: [
    '--no-sandbox',
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    `--remote-debugging-port=${debuggingPort}`,
  ],
})
try {
  const result = await lighthouse(
    `http://localhost:${portOf(server)}/`,
    { port: debuggingPort, onlyCategories: Object.keys(wanted), logLevel: 'error' },
    config,
  )
  if (!result) throw new Error('Lighthouse gave no result')
  process.exitCode = report(result.lhr) ? 0 : 1
} finally {
  await browser.close()
  server.close()
}

/**
 * Prints the scores, what lost points, and the JavaScript before the first paint.
 *
 * @param {import('lighthouse').Result} result
 * @returns {boolean} whether all is as wanted
 */
function report({ audits, categories }) {
  let isGood = true
  for (const [id, least] of Object.entries(wanted)) {
    const category = categories[id]
    const score = Math.round((category?.score ?? 0) * 100)
    isGood &&= score >= least
    console.log(`${score >= least ? '✓' : '✗'} ${category?.title}: ${score} (at least ${least})`)
    for (const { id, weight } of category?.auditRefs ?? []) {
      const { score = null, title, displayValue = '' } = audits[id] ?? {}
      if (weight > 0 && score !== null && score < 1)
        console.log(`    ${Math.round(score * 100)} ${title} ${displayValue}`)
    }
  }
  const bytes = scriptBytesBeforePaint(audits)
  isGood &&= bytes <= scriptBytesMax
  console.log(
    `${bytes <= scriptBytesMax ? '✓' : '✗'} JavaScript before the first paint: ${Math.round(bytes / 1000)} kB gzip (at most ${scriptBytesMax / 1000})`,
  )
  return isGood
}

/** @param {import('lighthouse').Result['audits']} audits */
function scriptBytesBeforePaint(audits) {
  const paintedMs = items(audits.metrics)[0]?.observedFirstContentfulPaint
  const requests = items(audits['network-requests'])
  return requests
    .filter((request) => request.resourceType === 'Script' && request.networkEndTime <= paintedMs)
    .reduce((sum, { transferSize }) => sum + transferSize, 0)
}

/**
 * @param {import('lighthouse').Result['audits'][string] | undefined} audit
 * @returns {any[]}
 */
function items(audit) {
  return /** @type {any} */ (audit)?.details?.items ?? []
}

/**
 * Serves a folder's files as a host would: compressed where that helps and is asked for, whole or by
 * ranges, as models are fetched.
 *
 * @param {string} folder
 * @returns {Promise<import('node:http').Server>}
 */
async function serve(folder) {
  /** @type {Record<string, string>} */
  const types = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.json': 'application/json',
    '.svg': 'image/svg+xml',
    '.woff2': 'font/woff2',
  }
  const server = createServer(async ({ url = '/', headers }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    const file = join(folder, normalize(pathname === '/' ? '/index.html' : pathname))
    try {
      const content = await readFile(file)
      const type = types[extname(file)]
      const isText = type !== undefined && type !== types['.woff2']
      const isCompressed = isText && /\bgzip\b/.test(String(headers['accept-encoding']))
      const [, first, last = ''] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
      const all = { 'content-type': type ?? 'application/octet-stream', 'accept-ranges': 'bytes' }
      if (first !== undefined) {
        const part = content.subarray(Number(first), last === '' ? undefined : Number(last) + 1)
        const range = `bytes ${first}-${Number(first) + part.length - 1}/${content.length}`
        response.writeHead(206, { ...all, 'content-range': range }).end(part)
        return
      }
      response.writeHead(200, {
        ...all,
        'cache-control': 'max-age=31536000',
        ...(isCompressed && { 'content-encoding': 'gzip' }),
      })
      response.end(isCompressed ? gzipSync(content) : content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(0, () => resolve(undefined)))
  return server
}

/** @param {import('node:http').Server} server */
function portOf(server) {
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port
}

/** A port that nobody uses. */
async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, () => resolve(undefined)))
  const port = portOf(server)
  await new Promise((resolve) => server.close(() => resolve(undefined)))
  return port
}
