/**
 * Waits for a server to come up, then checks that it serves the page, the scripts the page asks for and
 * the bundled model, and that those scripts are small:
 *
 *   node .ci/fetch-page.mjs http://localhost:4517/
 */
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

/** What comes before the first paint, compressed. What a first visit may never look at belongs behind an `import()`. */
const scriptBytesMax = 170_000

const base = process.argv[2]
const deadline = Date.now() + 180_000

const page = await (await firstAnswer(base)).text()
const scripts = [...page.matchAll(/<(?:script|link)[^>]+(?:src|href)="([^"]+\.js)"/g)]
if (!page.includes('<div id="root"') || scripts.length === 0)
  throw new Error(`not the page:\n${page}`)

let bytes = 0
for (const [, script] of scripts) {
  const loaded = await fetch(new URL(script, base))
  if (!loaded.ok || !loaded.headers.get('content-type')?.includes('javascript'))
    throw new Error(`${script}: ${loaded.status} ${loaded.headers.get('content-type')}`)
  bytes += gzipSync(new Uint8Array(await loaded.arrayBuffer())).length
}
if (bytes > scriptBytesMax)
  throw new Error(`${bytes} bytes of scripts before the first paint, at most ${scriptBytesMax}`)

const config = await (await fetch(new URL('models/gpt-oss-mini/config.json', base))).json()
if (config.model_type !== 'gpt_oss') throw new Error(`config.json: ${JSON.stringify(config)}`)
console.log(`${base} serves the page, ${bytes} bytes of scripts (gzip) and the mini model`)

/** @param {string} url */
async function firstAnswer(url) {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return answer
    if (Date.now() > deadline) throw new Error(`${url} did not answer in time`)
    await setTimeout(500)
  }
}
