/**
 * Puts bench:decode and bench:prefill, with all they import but Dawn, into one file, for a machine with a
 * GPU and nothing but Node: `node bench/bundle.mjs FILE [PATH]`, where PATH is that of Dawn's index.js there.
 * Then `node FILE decode --shape gpt-oss-20b`.
 */
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

const [file, dawn = 'webgpu'] = process.argv.slice(2)
if (file === undefined) {
  console.error('usage: node bench/bundle.mjs FILE [PATH of the npm package webgpu, its index.js]')
  process.exit(1)
}
await build({
  configFile: false,
  logLevel: 'error',
  root: path('..'),
  resolve: { alias: { '#shaders': path('../shaders') } },
  ssr: { noExternal: true },
  build: {
    ssr: path('bundled.mjs'),
    outDir: dirname(resolve(file)),
    emptyOutDir: false,
    copyPublicDir: false,
    target: 'node20',
    rolldownOptions: {
      external: ['webgpu'],
      output: {
        entryFileNames: basename(file),
        paths: { webgpu: dawn },
        codeSplitting: false,
      },
    },
  },
})
