import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listen } from '../src/engine/testing/http-server'

/** Contents by path from the app's folder. */
export type Files = ReadonlyMap<string, Buffer>

const folder = fileURLToPath(new URL('../dist/app', import.meta.url))
const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}
const isText = (path: string) => ['.css', '.html', '.js'].includes(extname(path))

/** The app as it is built. */
export function builtFiles(): Files {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path)]),
  )
}

/**
 * The same with an engine that never answers. Routes of tests cannot hold back what a service worker
 * has kept.
 */
export function withoutEngine(files: Files): Files {
  const isEngine = (path: string) => path.includes('engine.worker-')
  return new Map(
    Array.from(files, ([path, content]) => [path, isEngine(path) ? Buffer.from('') : content]),
  )
}

/** The same as another version of it: what is hashed has other names, and `<html>` says which it is. */
export function asVersion(files: Files, version: string): Map<string, Buffer> {
  const hashes = [...files.keys()].flatMap(
    (path) => /^assets\/.+-(.{8})\.\w+$/.exec(path)?.[1] ?? [],
  )
  const rename = (text: string) =>
    hashes.reduce((text, hash) => text.replaceAll(hash, `${hash}${version}`), text)
  const renamed = new Map<string, Buffer>()
  for (const [path, content] of files)
    renamed.set(rename(path), isText(path) ? Buffer.from(rename(String(content))) : content)
  edit(renamed, 'index.html', (html) => html.replace('<html', `<html data-version="${version}"`))
  edit(renamed, 'sw.js', (script) =>
    script.replace(
      /"revision":"\w+","url":"index.html"/,
      `"revision":"${version}","url":"index.html"`,
    ),
  )
  return renamed
}

/** Changes one text file. */
export function edit(files: Map<string, Buffer>, path: string, change: (text: string) => string) {
  const before = files.get(path)
  if (!before) throw new Error(`the app has no ${path}`)
  files.set(path, Buffer.from(change(String(before))))
}

/** A server that knows files and nothing else: no ranges, no fallback, no header beyond type and length. */
export interface StaticSite {
  /** Where the app is: below a path. */
  url: string
  /** What is served from now on. */
  files: Files
  /** Until it is true again, nobody gets an answer. */
  isUp: boolean
  /** Paths asked for so far. */
  readonly requests: string[]
  close(): void
}

export async function startStaticSite(files: Files, path = '/some/path/'): Promise<StaticSite> {
  const requests: string[] = []
  const { port, close } = await listen((request, response) => {
    if (!site.isUp) {
      request.socket.destroy()
      return
    }
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    requests.push(pathname)
    const file = pathname.startsWith(path) ? pathname.slice(path.length) || 'index.html' : ''
    const content = site.files.get(file)
    if (!content) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'content-length': content.length,
    })
    response.end(content)
  })
  const url = `http://127.0.0.1:${port}${path}`
  const site: StaticSite = { url, files, isUp: true, requests, close }
  return site
}
