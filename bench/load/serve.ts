/** Builds a page and serves it as visitors get it. */
import { fileURLToPath } from 'node:url'
import { build, type InlineConfig, preview } from 'vite'

export interface ServedPage {
  url: string
  close(): Promise<void>
}

/** @param name of a folder in bench/ with an index.html; a port of its own is chosen from 4180 on */
export async function servePage(name: string, more: InlineConfig = {}): Promise<ServedPage> {
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
  const shared: InlineConfig = {
    configFile: false,
    logLevel: 'error',
    root: path(`../${name}`),
    resolve: { alias: { '#shaders': path('../../shaders') } },
    worker: { format: 'es' },
    build: { outDir: path(`../../.cache/bench-${name}`), emptyOutDir: true, target: 'es2023' },
    ...more,
  }
  // Vite's runner, which runs this file, has left another; React would be its development build.
  process.env.NODE_ENV = 'production'
  await build(shared)
  const server = await preview({ ...shared, preview: { port: 4180 } })
  const url = server.resolvedUrls?.local[0]
  if (url === undefined) throw new Error('the page is served nowhere')
  return { url, close: () => server.close() }
}
