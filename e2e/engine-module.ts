import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { build, type Rolldown } from 'vite'

/**
 * Opens an empty page of the app's origin, which can import one file of src/engine by './module.js'.
 * @param file below src/engine
 */
export async function openWithModule(
  page: Page,
  baseURL: string | undefined,
  file: string,
): Promise<void> {
  const url = new URL('engine-module/', baseURL).href
  const body = await bundled(file)
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: '' }))
  await page.route(`${url}module.js`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body }),
  )
  await page.goto(url)
}

/** A file of the engine, and what it imports, as a browser takes it. */
async function bundled(file: string): Promise<string> {
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
  const built = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '#shaders': path('../shaders') } },
    build: { write: false, lib: { entry: path(`../src/engine/${file}`), formats: ['es'] } },
  })
  const [{ output }] = built as Rolldown.RolldownOutput[] as [Rolldown.RolldownOutput]
  return output[0].code
}
