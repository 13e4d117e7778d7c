import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chromium, type Page } from '@playwright/test'
import { chromiumArgs, findChromium } from '../tools/test/chromium.mjs'

/** A browser that keeps its profile and can die at any moment. */
export interface KillableBrowser {
  page: Page
  /** Ends every process of the browser at once, as a crash or a power button would. */
  kill(): Promise<void>
}

/** Ended with the test's own process, should a test end without ending them. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) killGroup(child)
})

/** Starts Chromium on a profile folder, which the next start finds as this one left it. */
export async function startBrowser(profile: string): Promise<KillableBrowser> {
  const executable = findChromium() ?? chromium.executablePath()
  const child = spawn(
    executable,
    [
      '--headless',
      '--disable-gpu',
      ...chromiumArgs,
      `--user-data-dir=${profile}`,
      '--remote-debugging-port=0',
      'about:blank',
    ],
    // Its own process group, so that a signal reaches the browser's children too.
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  running.add(child)
  const exited = once(child, 'exit').then(() => running.delete(child))
  try {
    const browser = await chromium.connectOverCDP(await debuggingAddress(child))
    const context = browser.contexts()[0]
    if (context === undefined) throw new Error('the browser has no context')
    return {
      page: context.pages()[0] ?? (await context.newPage()),
      async kill() {
        killGroup(child)
        await exited
        await browser.close().catch(() => {})
      },
    }
  } catch (error) {
    killGroup(child)
    throw error
  }
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess) {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
}

/** Where the browser says that it listens for a debugger. */
async function debuggingAddress({ stderr }: ChildProcess): Promise<string> {
  let said = ''
  for await (const text of stderr ?? []) {
    said += text
    const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
    if (address === undefined) continue
    // Whatever it says from now on, nobody reads; it must not fill the pipe.
    stderr?.resume()
    return address
  }
  throw new Error(`the browser did not start: ${said}`)
}
