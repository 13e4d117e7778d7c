import type { Page } from '@playwright/test'
import { completion, sendStream, startOpenaiServer } from '../src/engine/testing/openai-server'
import { expect, test } from './page'
import { addServer, chooseServer } from './servers'
import { asVersion, builtFiles, edit, startStaticSite, withoutEngine } from './static-site'

// A version that does not start says so; a server that is away is named by the browser.
test.use({ serviceWorkers: 'allow', expectedErrors: [/does not start|net::ERR/] })

const checkForUpdate = (page: Page) =>
  page.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update()
  })
/** Waits until a page is of a version. */
const isOf = (page: Page, version: string) =>
  expect(page.locator('html')).toHaveAttribute('data-version', version)
/** The page as it was built says of no version that it is one. */
const isFirst = (page: Page) => expect(page.locator('html')).not.toHaveAttribute('data-version')
/** Pictures of what is shown, on a phone and a desktop. */
async function look(page: Page, name: string) {
  await page.emulateMedia({ reducedMotion: 'reduce', colorScheme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  await page.screenshot({ path: `test-results/looks/${name}-390-dark.png` })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.screenshot({ path: `test-results/looks/${name}-1280-light.png` })
}
const notices = (page: Page) => page.getByRole('region', { name: 'Notices' })

test('an update waits for its click and for answers, harms no other tab, and goes back where it does not start', async ({
  chat,
  page,
  context,
}) => {
  const first = withoutEngine(builtFiles())
  const site = await startStaticSite(first)
  const server = await startOpenaiServer()
  await page.goto(site.url)
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)

  const other = chat.in(await context.newPage())
  await other.page.goto(`${site.url}#/models`)
  await addServer(other.page, { name: 'The big box', url: server.url })
  await other.page.getByRole('navigation', { name: 'Pages' }).getByText('Chat').click()
  await chooseServer(other.page, 'The big box')

  site.files = asVersion(first, '2')
  await checkForUpdate(page)
  await expect(notices(page)).toContainText('A new version of Alcove is ready.')
  await expect(notices(other.page)).toContainText('A new version of Alcove is ready.')

  await look(page, 'update')

  // Pages of this version may come and go meanwhile.
  await page.reload()
  await expect(notices(page)).toContainText('A new version of Alcove is ready.')

  // While the other tab's answer is being written, and without a network.
  let finish = () => {}
  server.reply = (response) => {
    const [said = '', ...rest] = completion(
      { content: 'Half of it' },
      { content: ', and the rest' },
    )
    sendStream(response, [said], { open: true })
    finish = () => response.end(rest.join(''))
  }
  await other.ask('Tell me something long')
  await expect(other.answer).toContainText('Half of it')
  site.isUp = false
  await notices(page).getByRole('button', { name: 'Update' }).click()
  await expect(notices(page)).toContainText('updates as soon as the answer is finished')
  await isFirst(page)
  finish()
  await expect(other.answer).toContainText('Half of it, and the rest')
  await isOf(page, '2')

  // The other tab runs on as it is, what it loads from now on included, until it is told to.
  await expect(notices(other.page)).toContainText('updated in another tab')
  await isFirst(other.page)
  await other.page.getByRole('button', { name: 'Settings', exact: true }).click()
  const settings = other.page.getByRole('dialog', { name: 'Settings' })
  await expect(settings.getByLabel('Theme')).toBeVisible()
  await settings.getByRole('button', { name: 'Close' }).click()
  await notices(other.page).getByRole('button', { name: 'Reload' }).click()
  await isOf(other.page, '2')
  await expect(other.answer).toContainText('Half of it, and the rest')
  await other.page.close()

  // A version that does not start gives way to the one that did, by itself.
  const broken = asVersion(first, '3')
  const entry = /assets\/index-[\w-]+\.js/.exec(String(broken.get('index.html')))?.[0] ?? ''
  edit(broken, entry, () => 'throw new Error("does not start")')
  site.files = broken
  site.isUp = true
  await checkForUpdate(page)
  await notices(page).getByRole('button', { name: 'Update' }).click()
  await isOf(page, '3')
  await expect(notices(page)).toContainText('The new version of Alcove did not start.')
  await isOf(page, '2')
  await look(page, 'rolled-back')
  await page.reload()
  await isOf(page, '2')

  // Mended, it is an update like any other.
  site.files = asVersion(first, '4')
  await checkForUpdate(page)
  await notices(page).getByRole('button', { name: 'Update' }).click()
  await isOf(page, '4')
  await expect(chat.chats.getByRole('link', { name: 'Tell me something long' })).toBeVisible()
  site.close()
  server.close()
})
