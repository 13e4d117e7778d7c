import { type BrowserContext, chromium } from '@playwright/test'
import { chromiumArgs, findChromium, swiftshaderArgs } from '../tools/test/chromium.mjs'

/** Starts a browser on a profile folder, which the next start finds as this one left it. */
export function openProfile(folder: string): Promise<BrowserContext> {
  const executablePath = findChromium()
  return chromium.launchPersistentContext(folder, {
    ...(executablePath && { executablePath }),
    args: [...chromiumArgs, ...swiftshaderArgs],
    serviceWorkers: 'allow',
  })
}
