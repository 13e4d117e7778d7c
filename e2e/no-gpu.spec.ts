import { startOpenaiServer } from '../src/engine/testing/openai-server'
import { chromiumArgs } from '../tools/test/chromium.mjs'
import { expect, runFirst, test } from './page'
import { addServer, chooseServer } from './servers'

// A browser of its own, without the flags that give the others a software adapter.
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    await use({ ...launchOptions, args: [...chromiumArgs, '--disable-gpu'] })
  },
})

test('without an adapter the page says what to switch on, and a server can answer', async ({
  chat,
  page,
}) => {
  await chat.open()
  await expect(page.getByRole('heading', { name: 'Alcove cannot reach your GPU' })).toBeVisible()
  await expect(page.getByRole('alert')).toContainText('hardware acceleration')
  await expect(page.getByRole('button', { name: 'Retry' })).toBeVisible()

  const server = await startOpenaiServer()
  await page.getByRole('link', { name: 'A larger machine of yours can answer instead' }).click()
  await addServer(page, { name: 'The big box', url: server.url })
  await page.getByRole('navigation', { name: 'Pages' }).getByText('Chat').click()
  await chooseServer(page, 'The big box')
  await chat.ask('Hello?')
  await expect(chat.answer).toContainText('Hello')
  server.close()
})

test('without WebGPU the page says which browsers have it', async ({ chat, page }) => {
  await runFirst(page, 'delete (globalThis.WorkerNavigator ?? Navigator).prototype.gpu')
  await chat.open()
  await expect(page.getByRole('heading', { name: 'Alcove cannot reach your GPU' })).toBeVisible()
  await expect(page.getByRole('alert')).toContainText('does not offer WebGPU')
  await expect(page.getByRole('alert')).toContainText('Firefox')
})

test('without an adapter the models page says what each model would need', async ({ page }) => {
  await page.goto('./#/models')
  const card = page.getByRole('article', { name: 'gpt-oss-20b' })
  await expect(card).toContainText(/Cannot run here: needs 1\d\.\d GB/)
  await expect(card).toContainText('no graphics device')
  await page.getByRole('button', { name: 'Check this device' }).click()
  const check = page.getByRole('region', { name: 'Can this machine run them?' })
  await expect(check.getByRole('heading', { name: 'Alcove cannot reach your GPU' })).toBeVisible()
  await expect(check.getByRole('alert')).toContainText('hardware acceleration')
})
