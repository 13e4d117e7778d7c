import AxeBuilder from '@axe-core/playwright'
import type { Endpoint } from '../src/app/remote/endpoint'
import { expect, test } from './page'

const server: Endpoint = {
  id: 'box',
  name: 'The big box',
  baseUrl: 'http://box.example.test:8080/v1',
  key: '',
  model: 'gpt-oss-120b',
  isConfirmed: false,
}

// Of the file that is kept from coming.
test.use({ expectedErrors: [/ERR_FAILED/] })

test('menus, dialogs and sheets have no flaw that axe knows, in light and dark', async ({
  chat,
  page,
}) => {
  await chat.withoutEngine()
  await chat.seed([{ question: 'What is 2 + 3?', reasoning: 'A sum.', answer: 'It is **5**.' }])
  await chat.withoutEngine()
  await page.evaluate(async (server) => {
    const opened = indexedDB.open('alcove-endpoints')
    await new Promise((resolve) => {
      opened.onsuccess = resolve
    })
    const transaction = opened.result.transaction('endpoints', 'readwrite')
    transaction.objectStore('endpoints').put(server)
    await new Promise((resolve) => {
      transaction.oncomplete = resolve
    })
    opened.result.close()
  }, server)
  await page.reload()
  await expect(chat.answer).toContainText('It is 5.')

  const { keyboard } = page
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const dialog = (name: string) => page.getByRole('dialog', { name })
  const examine = async (part: string, name: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.screenshot({ path: `test-results/looks/${name}-1280-${colorScheme}.png` })
      const { violations } = await new AxeBuilder({ page }).include(part).analyze()
      expect(violations, `${name}, ${colorScheme}`).toEqual([])
    }
  }

  // What the model wrote, sign for sign.
  await button('More for this answer').click()
  await page.getByRole('menuitem', { name: 'Show as plain text' }).click()
  await expect(chat.answer).toContainText('It is **5**.')
  await button('More for this answer').click()
  await page.getByRole('menuitem', { name: 'Show formatted' }).click()
  await expect(chat.answer.locator('strong')).toHaveText('5')

  for (const [name, label] of [
    ['more', 'More for this answer'],
    ['regenerate', 'Regenerate'],
    ['chat-options', 'Options for What is 2 + 3?'],
  ] as const) {
    await button(label).click()
    await examine('[popover]:popover-open', name)
    await keyboard.press('Escape')
  }

  await page.getByRole('banner').getByRole('button', { name: 'Change model' }).click()
  await expect(page.getByRole('list', { name: 'On your own servers' })).toBeVisible()
  await examine('[popover]:popover-open', 'model-menu')
  await page.getByRole('button', { name: /^The big box/ }).click()
  await expect(dialog('Send this chat to box.example.test:8080?')).toBeVisible()
  await examine('dialog[open]', 'confirm-server')
  await keyboard.press('Escape')

  for (const [name, command, title] of [
    ['shortcuts', 'keyboard shortcuts', 'Keyboard shortcuts'],
    ['settings', 'settings', 'Settings'],
    ['tags', 'tag this', 'Tags'],
  ] as const) {
    await keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Commands' }).fill(command)
    await keyboard.press('Enter')
    await expect(dialog(title).getByRole('button').first()).toBeVisible()
    await examine('dialog[open]', name)
    await keyboard.press('Escape')
  }

  await chat.textbox.fill('/explain c')
  await keyboard.press('Enter')
  await expect(dialog('Explain code').getByRole('textbox')).toBeVisible()
  await examine('dialog[open]', 'template')
  await keyboard.press('Escape')

  // What is told in passing can be read and pressed while a sheet lies over the page.
  await button('Chat settings').click()
  const sheet = dialog('Chat settings')
  await sheet.getByRole('textbox', { name: 'Instructions' }).fill('Be brief.')
  await button('Persona options').click()
  await page.getByRole('menuitem', { name: 'Save as a new persona' }).click()
  await page.getByRole('textbox', { name: 'Name of the persona' }).fill('Short')
  await keyboard.press('Enter')
  const persona = sheet.getByRole('combobox', { name: 'Persona' })
  await expect(persona).toContainText('Short')
  await button('Persona options').click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await expect(persona).not.toContainText('Short')
  await sheet.getByRole('button', { name: 'Undo' }).click()
  await expect(persona).toContainText('Short')
  await keyboard.press('Escape')

  // What cannot be fetched takes nothing else away.
  await page.route('**/assets/ModelsPage-*.js', (route) => route.abort())
  const pages = page.getByRole('navigation', { name: 'Pages' })
  await pages.getByText('Models').click()
  await expect(page.getByRole('alert')).toContainText('could not be fetched')
  await pages.getByText('Chat').click()
  await expect(chat.answer).toContainText('It is 5.')
})
