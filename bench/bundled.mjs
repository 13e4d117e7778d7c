/** What bundle.mjs makes one file of: run.mjs for the adapter that Dawn finds. */
import { main } from './main'
import { parseOptions } from './options.mjs'

await main(parseOptions(process.argv.slice(2)))
process.exit()
