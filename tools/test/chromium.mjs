import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'

/** Arguments of every Chromium that tests and benchmarks start: it talks to nobody but their servers. */
export const chromiumArgs = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
]

/** Further arguments that give a Chromium WebGPU on its own software adapter. */
export const swiftshaderArgs = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/**
 * Path of a Chromium to test in: what the environment variable CHROMIUM names, else one on the PATH,
 * else the one that Playwright has installed.
 *
 * @returns {string | undefined} undefined where there is none
 */
export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  const folders = (process.env.PATH ?? '').split(delimiter)
  for (const command of commands) {
    const found = folders.map((folder) => join(folder, command)).find(isExecutable)
    if (found) return found
  }
  // Loaded only here: it takes a third of a second.
  const playwright = createRequire(import.meta.url)('playwright-core')
  const own = playwright.chromium.executablePath()
  return existsSync(own) ? own : undefined
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
