/** Entry of `node tools/synthesize.mjs`: see synthesize.ts. */
import { runnerImport } from 'vite'

const { module } = await runnerImport(new URL('synthesize.ts', import.meta.url).pathname, {
  configFile: false,
})
await module.synthesize(process.argv.slice(2))
