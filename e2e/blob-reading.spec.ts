import { expect, test } from '@playwright/test'
import { openWithModule } from './engine-module'

declare global {
  var readBytes: number
}

test('reading a Blob outlasts collections of garbage', async ({ page, baseURL }) => {
  await openWithModule(page, baseURL, 'weights/blob.ts')
  await page.evaluate(async () => {
    const path = './module.js'
    const { readBlob }: typeof import('../src/engine/weights/blob') = await import(path)
    const part = new Uint8Array(64 * 1024 * 1024)
    const blob = new Blob([part, part])
    globalThis.readBytes = 0
    const readOn = async () => {
      for (;;)
        for await (const { length } of readBlob(blob, 0, blob.size)) globalThis.readBytes += length
    }
    readOn()
  })

  const devTools = await page.context().newCDPSession(page)
  for (let i = 0; i < 100; i++) {
    await devTools.send('HeapProfiler.collectGarbage')
    await page.waitForTimeout(20)
  }
  const readBytes = await page.evaluate(() => globalThis.readBytes)
  await expect.poll(() => page.evaluate(() => globalThis.readBytes)).toBeGreaterThan(readBytes)
})
