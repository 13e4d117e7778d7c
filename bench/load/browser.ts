/** A Chromium on a software adapter, with a profile that outlives it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserContext, chromium } from '@playwright/test'
import { llvmpipeFolder } from '../../tools/test/adapters.mjs'
import { findChromium } from '../../tools/test/chromium.mjs'
import { MemorySampler } from './memory'
import type { BenchPage } from './page'

export type Adapter = 'swiftshader' | 'llvmpipe'

export interface BenchBrowser {
  pid: number
  version: string
  memory: MemorySampler
  /** Calls a function of page.ts. */
  call<Name extends keyof BenchPage>(
    name: Name,
    ...args: Parameters<BenchPage[Name]>
  ): Promise<Awaited<ReturnType<BenchPage[Name]>>>
  /** Ends the browser as its user would, everything written. */
  close(): Promise<void>
}

/** Opens the page in a browser of its own. */
export async function openBrowser(
  profile: string,
  adapter: Adapter,
  url: string,
): Promise<BenchBrowser> {
  const environment = adapter === 'llvmpipe' ? llvmpipeEnvironment() : {}
  const executablePath = environment.CHROMIUM ?? findChromium()
  const context = await chromium.launchPersistentContext(profile, {
    ...(executablePath !== undefined && { executablePath }),
    env: { ...(process.env as Record<string, string>), ...environment },
    args: [
      '--no-sandbox',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
    ],
  })
  const page = context.pages()[0] ?? (await context.newPage())
  page.setDefaultTimeout(0)
  await page.goto(url)
  const pid = await processId(context)
  const memory = await MemorySampler.start(await context.newCDPSession(page), pid)
  return {
    pid,
    version: context.browser()?.version() ?? 'unknown',
    memory,
    async call(name, ...args) {
      const result: unknown = await page.evaluate(
        ([name, args]) => {
          const { bench } = globalThis as unknown as { bench: BenchPage }
          return (bench[name] as (...args: readonly unknown[]) => unknown)(...args)
        },
        [name, args] as const,
      )
      return result as never
    },
    async close() {
      await memory.stop()
      await context.close()
    },
  }
}

/** What `tools/test/prepare.mjs` has left for a Chromium that takes llvmpipe for SwiftShader. */
function llvmpipeEnvironment(): Record<string, string> {
  const lines = readFileSync(join(llvmpipeFolder, 'chromium.env'), 'utf8').trim().split('\n')
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2)))
}

async function processId(context: BrowserContext): Promise<number> {
  const session = await context.browser()?.newBrowserCDPSession()
  const { processInfo = [] } = (await session?.send('SystemInfo.getProcessInfo')) ?? {}
  const browser = processInfo.find(({ type }) => type === 'browser')
  if (browser === undefined) throw new Error('the browser does not tell its process')
  return browser.id
}
