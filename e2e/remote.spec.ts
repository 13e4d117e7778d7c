import { AxeBuilder } from '@axe-core/playwright'
import { completion, sendStream, startOpenaiServer } from '../src/engine/testing/openai-server'
import { expect, test } from './page'
import { chooseServer } from './servers'

// The browser tells the console of the key that is refused.
test.use({ expectedErrors: [/status of 401/] })

test('a chat goes to a server of one’s own, is marked as such, and only that chat', async ({
  chat,
  page,
}) => {
  const server = await startOpenaiServer()
  server.key = 'sk-right'
  server.reply = (response) =>
    sendStream(response, completion({ reasoning: 'A greeting.' }, { content: 'Hello from afar' }))
  const { host } = new URL(server.url)
  /** Both themes of what is new on the page. */
  const look = async (name: string, part: string) => {
    await page.emulateMedia({ reducedMotion: 'reduce' })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: `test-results/looks/${name}-1280-${colorScheme}.png` })
      expect((await new AxeBuilder({ page }).include(part).analyze()).violations).toEqual([])
    }
  }

  await page.goto('./#/models')
  const section = page.getByRole('region', { name: 'Your own servers' })
  await expect(section).toContainText('They are in no backup and no export')
  await section.getByRole('button', { name: 'Add a server' }).click()
  const form = page.getByRole('dialog', { name: 'Add a server' })
  await form.getByLabel('Address').fill(server.url)
  await form.getByLabel('Key').fill('sk-wrong')
  await form.getByRole('button', { name: 'Test connection' }).click()
  await form
    .getByRole('alert')
    .getByRole('button', { name: `Allow ${host}` })
    .click()
  // The page opens anew, with what was typed.
  await expect(form.getByRole('alert')).toBeHidden()
  await expect(form.getByLabel('Key')).toHaveValue('sk-wrong')
  await form.getByRole('button', { name: 'Test connection' }).click()
  await expect(form.getByRole('alert')).toContainText('does not accept the key (401)')
  await form.getByLabel('Key').fill('sk-right')
  await form.getByRole('button', { name: 'Test connection' }).click()
  await expect(form.getByRole('status')).toHaveText('Connected. 2 models.')
  await form.getByLabel('Model').selectOption('gpt-oss-120b')
  await form.getByLabel('Name').fill('The big box')
  await look('server-form', 'dialog[open]')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(section.getByRole('article', { name: 'The big box' })).toContainText(host)
  await look('servers', 'section:has(article[aria-label="The big box"])')

  // To choose it is asked about once, and marked for as long as it lasts.
  const header = page.getByRole('banner')
  await page.getByRole('navigation', { name: 'Pages' }).getByText('Chat').click()
  await chooseServer(page, 'The big box')
  const pill = header.getByRole('button', { name: `Messages go to ${host}` })
  await expect(pill).toBeVisible()
  const mark = page.getByRole('contentinfo').getByText(`Messages go to ${host}`)
  await expect(mark).toBeVisible()
  await expect(page.getByText('Your chat stays on this device')).toHaveCount(0)

  await chat.ask('Hello?')
  await expect(chat.answer).toContainText('Hello from afar')
  await expect(chat.answer).toContainText(`From ${host}`)
  await expect(chat.reasoning).toContainText('A greeting.')
  await look('server-answer', 'body')

  server.key = 'sk-changed'
  await chat.ask('Still there?')
  await expect(chat.answer.getByRole('alert')).toContainText('Incorrect API key')
  server.key = 'sk-right'
  await chat.answer.getByRole('button', { name: 'Try again' }).click()
  await expect(chat.answer).toContainText('Hello from afar')
  await page.reload()
  await expect(mark).toBeVisible()
  await expect(chat.answer).toContainText(`From ${host}`)

  // A new chat is this device's again.
  const before = server.requests.length
  await chat.newChat.click()
  await expect(mark).toHaveCount(0)
  await chat.ask('What is the capital of France?')
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
  await expect(chat.answer).not.toContainText('From')
  expect(server.requests).toHaveLength(before)
  server.close()
})
