import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Page, test } from '@playwright/test'
import { build } from 'vite'
import {
  type Answer,
  listen,
  type ServedSource,
  serveSource,
} from '../src/engine/testing/http-server'
import { randomIntegers } from '../src/engine/testing/random'
import { syntheticSource } from '../src/engine/testing/synthetic-checkpoint'
import { namedRecipe } from '../src/engine/testing/synthetic-shapes'
import { type KillableBrowser, startBrowser } from './killable-browser'
import { expect } from './page'

const MIB = 1024 * 1024

/** Shorter than in production, so that ten kills meet a model of 300 MB at ten different places. */
const PIECE_BYTES = 8 * MIB

/** What the engine never has more of than this on the way to storage (see fill.ts). */
const PIECES_IN_FLIGHT = 2

/** More than the headers and the small files, which are read before anything is kept. */
const OPENING_BYTES = MIB

const KILLS = 10
const BYTES_PER_SECOND = 100e6
const MODEL = 'openai/killed/resolve/main/'

/** Bytes of a file that a request was answered with. */
interface Range {
  file: string
  begin: number
  end: number
}

/** A model whose bytes leave at a steady pace, and are counted. */
function pacedSource(source: ServedSource) {
  const log = { servedBytes: 0, ranges: [] as Range[] }
  let freeAtMs = 0
  const paced: ServedSource = {
    ...source,
    async *read(file, begin, end, signal) {
      const range = { file, begin, end: begin }
      log.ranges.push(range)
      for await (const bytes of source.read(file, begin, end, signal)) {
        freeAtMs = Math.max(freeAtMs, performance.now()) + (bytes.length / BYTES_PER_SECOND) * 1000
        const aheadMs = freeAtMs - performance.now()
        if (aheadMs > 4) await new Promise((resolve) => setTimeout(resolve, aheadMs))
        range.end += bytes.length
        log.servedBytes += bytes.length
        yield bytes
      }
    },
  }
  return { paced, log }
}

/** File → numbers of the pieces that the browser holds. */
type StoredPieces = Record<string, number[]>

/** Looks into the browser's storage, past the engine. */
function storedPieces(page: Page): Promise<StoredPieces> {
  return page.evaluate(async () => {
    const databases = await indexedDB.databases()
    if (!databases.some(({ name }) => name === 'alcove-weights')) return {}
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const database = await done(indexedDB.open('alcove-weights'))
    const records = () => database.transaction('records').objectStore('records')
    const files: StoredPieces = {}
    for (const key of await done(records().getAllKeys())) {
      const [kind, , file, piece] = key as [string, string, string, number]
      if (kind === 'piece') files[file] = [...(files[file] ?? []), piece]
    }
    database.close()
    return files
  })
}

/** The SHA-256 of a file as it lies in the browser's storage, read past the engine. */
function storedHash(page: Page, file: string) {
  return page.evaluate(async (file) => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const database = await done(indexedDB.open('alcove-weights'))
    const records = database.transaction('records').objectStore('records')
    const keys = (await done(records.getAllKeys())) as [string, string, string, number][]
    const pieces = keys.filter(([kind, , name]) => kind === 'piece' && name === file)
    const blobs = await Promise.all(pieces.map((key) => done<Blob>(records.get(key))))
    database.close()
    const bytes = await new Blob(blobs).arrayBuffer()
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  }, file)
}

test('a download survives a browser that is killed ten times', async ({ browserName: _ }, info) => {
  test.setTimeout(300_000)
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e6))
  console.log(`kills at random moments; the same again with SEED=${seed}`)
  const integers = randomIntegers(seed)
  const random = () => integers() / 2 ** 32

  const scripts = await buildPage(info.outputPath('page'))
  const recipe = namedRecipe('S', { layers: 40 })
  if (recipe === undefined) throw new Error('there is no such shape')
  const source = syntheticSource(recipe)
  const hashes = await hashFiles(source)
  const totalBytes = await sumOf(source)
  const { paced, log } = pacedSource(source)
  const serveModel = serveSource(paced, hashes)
  const { port, close } = await listen(servePage(scripts, serveModel))
  const url = `http://127.0.0.1:${port}/`
  const profile = info.outputPath('profile')

  let browser: KillableBrowser | undefined
  const open = async () => {
    browser = await startBrowser(profile)
    await openPage(browser.page, url)
    return browser.page
  }
  try {
    let page = await open()
    let stored = await storedPieces(page)
    for (let kill = 1; kill <= KILLS; kill++) {
      const storedBytes = await bytesOf(source, stored)
      log.servedBytes = 0
      log.ranges.length = 0
      let failure: unknown
      download(page, url + MODEL).catch((error) => {
        failure = error
      })
      const missingBytes = totalBytes - storedBytes
      const fairShare = missingBytes / (KILLS - kill + 1)
      const enoughBytes = Math.round(random() * Math.min(2 * fairShare, missingBytes))
      while (log.servedBytes < enoughBytes) {
        if (failure) throw failure
        await moment()
      }
      await browser?.kill()

      page = await open()
      const kept = await storedPieces(page)
      const keptBytes = await bytesOf(source, kept)
      const lostBytes = log.servedBytes - (keptBytes - storedBytes)
      const place = `kill ${kill}, when ${log.servedBytes} bytes had been served`
      expect(lostBytes, place).toBeLessThanOrEqual(PIECES_IN_FLIGHT * PIECE_BYTES + OPENING_BYTES)
      expect(log.ranges.filter(isOf(stored)), place).toEqual([])
      stored = kept
    }

    log.ranges.length = 0
    const whole = { storedBytes: totalBytes, verifiedBytes: totalBytes }
    expect(await download(page, url + MODEL)).toEqual(whole)
    expect(log.ranges.filter(isOf(stored))).toEqual([])
    for (const file of source.files) {
      expect(await storedHash(page, file), file).toBe(hashes.get(file))
    }
  } finally {
    await browser?.kill()
    close()
  }
})

test('a server of another origin is asked without a preflight, by one tab of two, until the disk is full', async ({
  page,
  context,
}, info) => {
  const recipe = namedRecipe('S', { layers: 4 })
  if (recipe === undefined) throw new Error('there is no such shape')
  const source = syntheticSource(recipe)
  const requests: Pick<IncomingMessage, 'method' | 'headers' | 'url'>[] = []
  let isReadable = false
  const serveModel = serveSource(source, await hashFiles(source))
  const models = await listen((request, response) => {
    const { method, headers, url } = request
    requests.push({ method, headers, url })
    serveModel(request, response)
    if (!isReadable) response.removeHeader('Access-Control-Allow-Origin')
  })
  const pages = await listen(servePage(await buildPage(info.outputPath('page')), serveModel))
  const origin = `http://127.0.0.1:${pages.port}`
  const model = `http://127.0.0.1:${models.port}/${MODEL}`
  const totalBytes = await sumOf(source)
  try {
    await openPage(page, origin)
    await expect(download(page, model)).rejects.toThrow('"isBlocked":true')

    // The browser has no room for all of it, whatever it estimates: its own error ends the download.
    isReadable = true
    const devTools = await context.newCDPSession(page)
    const quotaSize = 2.5 * PIECE_BYTES
    await devTools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize })
    const full = String(await download(page, model).catch(String))
    const kept = await bytesOf(source, await storedPieces(page))
    expect(kept, full).toBeGreaterThanOrEqual(PIECE_BYTES)
    expect(full).toContain(`storage-full {"neededBytes":${totalBytes - kept},`)

    // With room again, two tabs want it: one fetches what is missing, both have all of it.
    await devTools.send('Storage.overrideQuotaForOrigin', { origin })
    const other = await context.newPage()
    await openPage(other, origin)
    requests.length = 0
    const stored = await storedPieces(page)
    const outcomes = await Promise.all([download(page, model), download(other, model)])
    expect(outcomes.map(({ storedBytes }) => storedBytes)).toEqual([totalBytes, totalBytes])
    expect(outcomes.map(({ verifiedBytes }) => verifiedBytes).sort()).toEqual([0, totalBytes])
    const weights = requests.flatMap(({ url, headers }) => {
      const [, begin, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
      const file = url?.split('/').at(-1) ?? ''
      const range = { file, begin: Number(begin), end: Number(last) + 1 }
      return range.end - range.begin > OPENING_BYTES ? [range] : []
    })
    const fetchedBytes = weights.reduce((sum, { begin, end }) => sum + end - begin, 0)
    expect(weights.filter(isOf(stored))).toEqual([])
    expect(fetchedBytes).toBeLessThanOrEqual(totalBytes - kept)
    // Without a preflight, and without a word of where the page is.
    expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['GET']))
    expect(requests.filter(({ headers }) => headers.referer !== undefined)).toEqual([])
  } finally {
    pages.close()
    models.close()
  }
})

async function openPage(page: Page, url: string) {
  await page.goto(url)
  await page.waitForFunction(() => globalThis.downloadModel !== undefined)
}

const download = (page: Page, model: string) =>
  page.evaluate(([model, pieceBytes]) => globalThis.downloadModel(model, pieceBytes), [
    model,
    PIECE_BYTES,
  ] as const)

const moment = () => new Promise((resolve) => setTimeout(resolve, 1))

/** Whether bytes of a range were stored already; the headers are read in any case. */
const isOf = (stored: StoredPieces) => (range: Range) =>
  range.end - range.begin > OPENING_BYTES &&
  stored[range.file]?.some(
    (piece) => piece * PIECE_BYTES < range.end && range.begin < (piece + 1) * PIECE_BYTES,
  )

async function hashFiles(source: ServedSource) {
  const hashes = new Map<string, string>()
  for (const file of source.files) {
    const hash = createHash('sha256')
    for await (const bytes of source.read(file, 0, await source.byteLength(file)))
      hash.update(bytes)
    hashes.set(file, hash.digest('hex'))
  }
  return hashes
}

async function sumOf(source: ServedSource) {
  const lengths = await Promise.all(source.files.map((file) => source.byteLength(file)))
  return lengths.reduce((sum, length) => sum + length, 0)
}

async function bytesOf(source: ServedSource, kept: StoredPieces) {
  let bytes = 0
  for (const [file, pieces] of Object.entries(kept)) {
    const length = await source.byteLength(file)
    for (const piece of pieces) bytes += Math.min(PIECE_BYTES, length - piece * PIECE_BYTES)
  }
  return bytes
}

/** Builds download-page.ts into a folder. */
async function buildPage(folder: string) {
  const entry = fileURLToPath(new URL('download-page.ts', import.meta.url))
  await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    resolve: { alias: { '#shaders': fileURLToPath(new URL('../shaders', import.meta.url)) } },
    build: { outDir: folder, lib: { entry: { page: entry }, formats: ['es'] } },
  })
  return folder
}

/** Serves a page of these scripts, and the model. */
function servePage(scripts: string, serveModel: Answer): Answer {
  return (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    if (path === '/') {
      response.setHeader('Content-Type', 'text/html')
      response.end('<!doctype html><script type="module" src="page.js"></script>')
    } else if (path.endsWith('.js')) {
      response.setHeader('Content-Type', 'text/javascript')
      createReadStream(join(scripts, path)).pipe(response)
    } else serveModel(request, response)
  }
}
