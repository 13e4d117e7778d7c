/** Entry of `npm run -s engine`: loads engine/main.ts, its shaders included, through Vite. */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

const { module } = await runnerImport(path('engine/main.ts'), {
  configFile: false,
  logLevel: 'error',
  root: path('..'),
  resolve: { alias: { '#shaders': path('../shaders') } },
})
process.exitCode = await module.main(process.argv.slice(2))
// Dawn keeps threads alive; what was written is flushed by then, and nothing else is under way.
await new Promise((resolve) => process.stdout.write('', resolve))
process.exit()
