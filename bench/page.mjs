/** Entry of `npm run bench:page`: loads page/main.ts through Vite. */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

const { module } = await runnerImport(path('page/main.ts'), {
  configFile: false,
  logLevel: 'error',
  root: path('..'),
})
await module.main(process.argv.slice(2))
