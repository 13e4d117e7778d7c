import { writeFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { ChatPage, expect, test } from './page'
import { openProfile } from './profile'
import { seedChats } from './seed'
import { builtFiles, startStaticSite, withoutEngine } from './static-site'

interface Picture {
  src: string
  sizes: string
  purpose?: string
}

/** The size that the browser finds each of the manifest's pictures to have. */
const sizesOf = (page: Page, pictures: readonly Picture[]) =>
  page.evaluate(
    (sources) =>
      Promise.all(
        sources.map(async (source) => {
          const image = new Image()
          image.src = source
          await image.decode()
          return `${image.naturalWidth}x${image.naturalHeight}`
        }),
      ),
    pictures.map(({ src }) => src),
  )

test('it can be installed, is given files and what other apps share, and tells what the browser cleared', async () => {
  const site = await startStaticSite(withoutEngine(builtFiles()))
  const browser = await openProfile(test.info().outputPath('profile'))
  const page = browser.pages()[0] ?? (await browser.newPage())
  const chat = new ChatPage(page)
  await page.goto(site.url)
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  const cdp = await browser.newCDPSession(page)

  // What a browser asks of an app before it offers to install it.
  const { data = '{}', errors } = await cdp.send('Page.getAppManifest')
  expect(errors).toEqual([])
  expect((await cdp.send('Page.getInstallabilityErrors')).installabilityErrors).toEqual([])
  const manifest: { icons: Picture[]; screenshots: Picture[] } = JSON.parse(data)
  const drawn = manifest.icons.filter(({ sizes }) => sizes !== 'any')
  const pictures = [...drawn, ...manifest.screenshots]
  expect(await sizesOf(page, pictures)).toEqual(pictures.map(({ sizes }) => sizes))
  const purposes = drawn.map(({ sizes, purpose = 'any' }) => `${purpose} ${sizes}`)
  expect(purposes).toEqual(['any 192x192', 'any 512x512', 'maskable 512x512', 'monochrome 512x512'])

  await cdp.send('PWA.install', { manifestId: site.url, installUrlOrBundleUrl: site.url })
  const { fileHandlers } = await cdp.send('PWA.getOsAppState', { manifestId: site.url })
  const extensions = fileHandlers.flatMap(({ accepts }) =>
    accepts.flatMap(({ fileExtensions }) => fileExtensions),
  )
  expect(extensions.sort()).toEqual(['.alcove', '.json'])

  // What another app shares waits in the composer.
  await page.evaluate(async () => {
    const form = new FormData()
    form.append('title', 'An article')
    form.append('text', 'https://example.org/')
    form.append('files', new File(['a,b\n1,2'], 'table.csv', { type: 'text/csv' }))
    await fetch('./?shared', { method: 'POST', body: form, redirect: 'manual' })
  })
  await page.goto(`${site.url}?shared`)
  await expect(chat.textbox).toHaveValue('An article\nhttps://example.org/')
  await expect(page.getByText('table.csv')).toBeVisible()
  expect(page.url()).toBe(`${site.url}#/`)

  // A file that the system opens with the app is asked about.
  const backup = test.info().outputPath('hostile.json')
  await writeFile(backup, '{"chats": 1}')
  await cdp.send('PWA.launchFilesInApp', { manifestId: site.url, files: [backup] })
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('hostile.json is added to the chats in this browser')
  await dialog.getByRole('button', { name: 'Import' }).click()
  await expect(dialog).toContainText('Nothing was changed')
  await dialog.getByRole('button', { name: 'Close' }).click()

  // The browser makes room: what it clears is missed.
  await seedChats(page, [[{ question: 'Hello?', answer: 'Hello.' }]])
  await page.reload()
  await expect(chat.chats.getByRole('link', { name: 'Hello?' })).toBeVisible()
  await page.goto('about:blank')
  await cdp.send('Storage.clearDataForOrigin', {
    origin: new URL(site.url).origin,
    storageTypes: 'indexeddb,cache_storage,service_workers',
  })
  await page.goto(site.url)
  const notice = page.getByRole('alert').filter({ hasText: 'The browser has cleared' })
  await expect(notice).toContainText('1 chat')
  await page.screenshot({ path: 'test-results/looks/cleared-1280-light.png' })
  await notice.getByRole('button', { name: 'Dismiss' }).click()
  await expect(notice).toHaveCount(0)
  await page.reload()
  await chat.textbox.waitFor()
  await expect(notice).toHaveCount(0)
  await browser.close()
  site.close()
})
