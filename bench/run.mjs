/**
 * Entry of `npm run bench`: loads main.ts, its shaders included, through Vite.
 *
 * The adapter is chosen here, because its environment must stand before the first device opens.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'
import { adapterEnvironment } from '../tools/test/adapters.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

const usage = `usage: npm run bench -- [kernels|generate] [options]

  --adapter swiftshader|llvmpipe   a software adapter instead of what Dawn finds
  --only WORD                      of the kernels, those whose name contains it
  --model DIR                      generate with this checkpoint instead of the two small ones
  --json FILE                      the same numbers, for programs`

const options = {
  adapter: { type: 'string' },
  only: { type: 'string' },
  model: { type: 'string' },
  json: { type: 'string' },
}

function parse() {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    const [suite, ...rest] = positionals
    const known = [undefined, 'kernels', 'generate'].includes(suite) && rest.length === 0
    const adapters = [undefined, 'swiftshader', 'llvmpipe']
    if (known && adapters.includes(values.adapter)) return { suite, ...values }
  } catch (error) {
    console.error(`error: ${error.message}`)
  }
  console.error(usage)
  process.exit(1)
}

const given = parse()
if (given.adapter) Object.assign(process.env, adapterEnvironment(given.adapter))
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
