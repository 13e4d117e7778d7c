import { defineConfig } from '@playwright/test'
import { chromiumArgs, findChromium, swiftshaderArgs } from './tools/test/chromium.mjs'

/** Another where two checkouts are tested at once. */
const port = Number(process.env.PORT ?? 41730)
const executablePath = findChromium()

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // A software adapter computes on the cores that a second browser would need.
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000,
  expect: { timeout: 30_000 },
  use: {
    baseURL: `http://localhost:${port}/`,
    // What answers in the network's place, routes of tests never see. Tests of it say that they want it.
    serviceWorkers: 'block',
    viewport: { width: 1280, height: 800 },
    // Filming the page takes three times the processor time of the test itself.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath && { executablePath }),
      args: [...chromiumArgs, ...swiftshaderArgs],
    },
  },
  webServer: {
    command: `node tools/start.mjs --port ${port}`,
    url: `http://localhost:${port}/`,
    timeout: 180_000,
  },
})
