/** A Chromium on a software adapter, with a profile that outlives it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { llvmpipeFolder } from '../../tools/test/adapters.mjs'
import { chromiumArgs, findChromium, swiftshaderArgs } from '../../tools/test/chromium.mjs'
import { type DevTools, startChromium } from './devtools'
import { MemorySampler } from './memory'

/** A software adapter, or with `gpu` the one that Chromium finds. */
export type Adapter = 'swiftshader' | 'llvmpipe' | 'gpu'

/** A headless Chromium on Linux takes no GPU without them. */
const gpuArgs = ['--enable-unsafe-webgpu', '--enable-features=Vulkan']

/** What a page offers as `bench`, by the names of its functions. */
type Functions<Page> = { [Name in keyof Page]: (...args: never[]) => Promise<unknown> }

export interface BenchBrowser<Page extends Functions<Page>> {
  pid: number
  version: string
  memory: MemorySampler
  /** Calls a function of the page. */
  call<Name extends keyof Page & string>(
    name: Name,
    ...args: Parameters<Page[Name]>
  ): Promise<Awaited<ReturnType<Page[Name]>>>
  /** Ends the browser as its user would, everything written. */
  close(): Promise<void>
}

/**
 * Opens the page in a browser of its own.
 * @param more variables of the browser's environment
 */
export async function openBrowser<Page extends Functions<Page>>(
  profile: string,
  adapter: Adapter,
  url: string,
  more: Readonly<Record<string, string>> = {},
): Promise<BenchBrowser<Page>> {
  const environment = { ...(adapter === 'llvmpipe' ? llvmpipeEnvironment() : {}), ...more }
  const executable = environment.CHROMIUM ?? findChromium()
  if (executable === undefined) throw new Error('no Chromium: node tools/test/prepare.mjs')
  const adapterArgs = adapter === 'gpu' ? gpuArgs : swiftshaderArgs
  const args = ['--headless', ...chromiumArgs, ...adapterArgs, `--user-data-dir=${profile}`]
  const devTools = startChromium(executable, args, { ...process.env, ...environment })
  const pid = devTools.process.pid
  if (pid === undefined) throw new Error(`${executable} did not start`)
  const { product } = await devTools.send<{ product: string }>('Browser.getVersion')
  const sessionId = await openPage(devTools, url)
  const memory = await MemorySampler.start(devTools, sessionId, pid)

  return {
    pid,
    version: product,
    memory,
    async call(name, ...args) {
      const { result, exceptionDetails } = await devTools.send<Evaluation>(
        'Runtime.evaluate',
        {
          expression: `bench.${name}(...${JSON.stringify(args)})`,
          awaitPromise: true,
          returnByValue: true,
        },
        sessionId,
      )
      if (exceptionDetails) {
        throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
      }
      return result.value as never
    },
    async close() {
      await memory.stop()
      await devTools.close()
    },
  }
}

interface Evaluation {
  result: { value?: unknown }
  exceptionDetails?: { text: string; exception?: { description?: string } }
}

/** Opens a page and waits until its script has run; resolves to its session. */
async function openPage({ send, on }: DevTools, url: string): Promise<string> {
  const { targetId } = await send<{ targetId: string }>('Target.createTarget', {
    url: 'about:blank',
  })
  const { sessionId } = await send<{ sessionId: string }>('Target.attachToTarget', {
    targetId,
    flatten: true,
  })
  await send('Page.enable', {}, sessionId)
  const loaded = new Promise<void>((resolve) => {
    on((method) => method === 'Page.loadEventFired' && resolve())
  })
  await send('Page.navigate', { url }, sessionId)
  await loaded
  return sessionId
}

/** What `tools/test/prepare.mjs` has left for a Chromium that takes llvmpipe for SwiftShader. */
function llvmpipeEnvironment(): Record<string, string> {
  const lines = readFileSync(join(llvmpipeFolder, 'chromium.env'), 'utf8').trim().split('\n')
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2)))
}
