/**
 * Takes the pictures that browsers show before they install the app, into public/screenshots:
 *
 *   node tools/screenshots.mjs
 *
 * They are of the app as it is: built, served, and asked a few questions.
 */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { build, preview } from 'vite'
import { chromiumArgs, findChromium, swiftshaderArgs } from './test/chromium.mjs'

const folder = fileURLToPath(new URL('../public/screenshots', import.meta.url))
const questions = [
  'What is the capital of France?',
  "How many r's are in strawberry?",
  'What is 437 + 58?',
]
const shapes = [
  { name: 'wide', viewport: { width: 1280, height: 800 } },
  { name: 'narrow', viewport: { width: 390, height: 844 } },
]

await mkdir(folder, { recursive: true })
await build({ logLevel: 'warn' })
const server = await preview()
const url = server.resolvedUrls?.local[0]
if (!url) throw new Error('the app is not served')
const executablePath = findChromium()
const browser = await chromium.launch({
  ...(executablePath && { executablePath }),
  args: [...chromiumArgs, ...swiftshaderArgs],
})
try {
  const page = await browser.newPage()
  await page.goto(url)
  for (const question of questions) {
    await page.getByRole('button', { name: 'New chat' }).click()
    await page.getByRole('textbox', { name: 'Message' }).fill(question)
    await page.getByRole('button', { name: 'Send' }).click({ timeout: 120_000 })
    await page.getByRole('article', { name: 'Assistant' }).getByText('tok/s').waitFor()
  }
  for (const { name, viewport } of shapes) {
    await page.setViewportSize(viewport)
    await page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled' })
  }
} finally {
  await browser.close()
  await server.close()
}
