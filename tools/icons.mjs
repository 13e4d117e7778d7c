/**
 * Draws the icons of the installed app from public/favicon.svg, into public/icons:
 *
 *   node tools/icons.mjs
 *
 * Run it when the drawing changes; what it draws is kept in the repository.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { findChromium } from './test/chromium.mjs'

const publicFolder = fileURLToPath(new URL('../public', import.meta.url))
const [, drawing = ''] =
  /<\/title>(.*)<\/svg>/s.exec(await readFile(`${publicFolder}/favicon.svg`, 'utf8')) ?? []

/** A square of `side` units around the drawing, which has 32. */
const around = (/** @type {number} */ side, content = drawing, ground = '') =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${(32 - side) / 2} ${(32 - side) / 2} ${side} ${side}">${ground}${content}</svg>`

/** Systems cut maskable icons to shapes of theirs: all that counts is in the middle 80 %. */
const maskable = around(50, drawing, '<rect x="-9" y="-9" width="50" height="50" fill="#faf9f6"/>')
/** Only the shape counts; what is light in colour is a hole in it. */
const monochrome = around(
  40,
  '<path fill-rule="evenodd" d="M4 29V15.5a12 12 0 0 1 24 0V29H23V15.5a7 7 0 0 0-14 0V29Z"/><circle cx="16" cy="24" r="3.5"/>',
)

const icons = [
  { name: 'icon-192', svg: around(32), pixels: 192 },
  { name: 'icon-512', svg: around(32), pixels: 512 },
  { name: 'maskable-512', svg: maskable, pixels: 512 },
  { name: 'monochrome-512', svg: monochrome, pixels: 512 },
]

const executablePath = findChromium()
const browser = await chromium.launch({
  ...(executablePath && { executablePath }),
  args: ['--no-sandbox'],
})
try {
  await mkdir(`${publicFolder}/icons`, { recursive: true })
  for (const { name, svg, pixels } of icons) {
    const page = await browser.newPage({ viewport: { width: pixels, height: pixels } })
    await page.setContent(`<style>body{margin:0}svg{display:block}</style>${svg}`)
    const png = await page.screenshot({ omitBackground: true })
    await writeFile(`${publicFolder}/icons/${name}.png`, png)
    await page.close()
  }
} finally {
  await browser.close()
}
