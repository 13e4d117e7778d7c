/**
 * Builds the app and serves what was built:
 *
 *   npm start                  at the first free port from 4173 on
 *   npm start -- --port 8080
 */
import { parseArgs } from 'node:util'
import { build, preview } from 'vite'

const { values } = parseArgs({ options: { port: { type: 'string', default: '4173' } } })

await build({ logLevel: 'warn' })
const server = await preview({ preview: { port: Number(values.port) } })
server.printUrls()
