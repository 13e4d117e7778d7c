/**
 * Waits for a server to come up, then checks that it serves the page, the script the page asks for and
 * the bundled model:
 *
 *   node .ci/fetch-page.mjs http://localhost:4517/
 */
import { setTimeout } from 'node:timers/promises'

const base = process.argv[2]
const deadline = Date.now() + 180_000

const page = await (await firstAnswer(base)).text()
const script = /<script[^>]+src="([^"]+)"/.exec(page)?.[1]
if (!page.includes('<div id="root"') || !script) throw new Error(`not the page:\n${page}`)

const loaded = await fetch(new URL(script, base))
if (!loaded.ok || !loaded.headers.get('content-type')?.includes('javascript'))
  throw new Error(`${script}: ${loaded.status} ${loaded.headers.get('content-type')}`)

const config = await (await fetch(new URL('models/gpt-oss-mini/config.json', base))).json()
if (config.model_type !== 'gpt_oss') throw new Error(`config.json: ${JSON.stringify(config)}`)
console.log(`${base} serves the page, ${script} and the mini model`)

/** @param {string} url */
async function firstAnswer(url) {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return answer
    if (Date.now() > deadline) throw new Error(`${url} did not answer in time`)
    await setTimeout(500)
  }
}
