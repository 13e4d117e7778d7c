/**
 * Entry of `npm run bench`, `bench:decode` and `bench:prefill`: loads main.ts, its shaders included,
 * through Vite.
 *
 * The adapter is chosen here, because its environment must stand before the first device opens.
 */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'
import { adapterEnvironment } from '../tools/test/adapters.mjs'
import { parseOptions } from './options.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

const { adapter, ...given } = parseOptions(process.argv.slice(2))
if (adapter) Object.assign(process.env, adapterEnvironment(adapter))
const { module } = await runnerImport(path('main.ts'), {
  configFile: false,
  logLevel: 'error',
  root: path('..'),
  resolve: { alias: { '#shaders': path('../shaders') } },
})
await module.main(given)
// Dawn keeps threads alive; what was written is flushed by then, and nothing else is under way.
await new Promise((resolve) => process.stdout.write('', resolve))
process.exit()
