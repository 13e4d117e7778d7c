/** What the page of bench:peers needs served: the peers' packages as they are, and isolation, for threads. */
import { createReadStream, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { type ServedPage, servePage } from '../load/serve'

const packages = fileURLToPath(new URL('./node_modules', import.meta.url))

const mediaTypes: Record<string, string> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

const peerPackages: Plugin = {
  name: 'peer-packages',
  configurePreviewServer({ middlewares }) {
    middlewares.use((_request, response, next) => {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
      next()
    })
    middlewares.use('/packages', (request, response, next) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      const file = join(packages, pathname)
      if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return next()
      response.setHeader('Content-Type', mediaTypes[extname(file)] ?? 'application/octet-stream')
      createReadStream(file).pipe(response)
    })
  },
}

export const servePeers = (): Promise<ServedPage> => servePage('peers', { plugins: [peerPackages] })
