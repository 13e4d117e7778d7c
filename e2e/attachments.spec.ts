import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { pdf } from '../src/app/attachments/testing/pdf'
import { type ChatPage, expect, test } from './page'

interface TestFile {
  name: string
  content: string
}

/** What the system hands over when files are dropped on the page, or pasted. */
const transferOf = (page: Page, { files = [], text }: { files?: TestFile[]; text?: string }) =>
  page.evaluateHandle(
    ({ files, text }) => {
      const transfer = new DataTransfer()
      for (const { name, content } of files) transfer.items.add(new File([content], name))
      if (text !== undefined) transfer.setData('text/plain', text)
      return transfer
    },
    { files, text },
  )

async function paste(chat: ChatPage, pasted: { files?: TestFile[]; text?: string }) {
  const transfer = await transferOf(chat.page, pasted)
  await chat.textbox.evaluate((textbox, clipboardData) => {
    const init = { clipboardData, bubbles: true, cancelable: true }
    textbox.dispatchEvent(new ClipboardEvent('paste', init))
  }, transfer)
}

test('files are attached by button, paste and drop, and asked about', async ({ chat, page }) => {
  const chips = page.locator('form').getByRole('list', { name: 'Attached files' })
  const refused = page.getByRole('alert')
  const picker = page.getByLabel('Files to attach')

  // By the button, before there is a model; a reload keeps what was chosen.
  await chat.open()
  await expect(page.getByRole('button', { name: 'Attach files' })).toBeVisible()
  await picker.setInputFiles([
    { name: 'cities.csv', mimeType: 'text/csv', buffer: Buffer.from('city\nParis\nRome\n') },
    { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 0, 0]) },
  ])
  await expect(refused).toContainText('photo.png was not attached')
  await expect(refused).toContainText('PDF files can be attached')
  await expect(chips.getByRole('listitem')).toHaveText(/cities\.csv/)
  await page.reload()
  await expect(chips.getByRole('listitem')).toHaveText(/cities\.csv/)
  await chat.ready()
  await expect(chips.getByRole('listitem')).toHaveText(/cities\.csv\d+ tokens/)

  // By paste: a file, and a text that is too long for a question, which can be pasted after all.
  await paste(chat, { files: [{ name: 'notes.md', content: '# Notes' }] })
  await expect(chips).toContainText('notes.md')
  const long = 'a long text '.repeat(500)
  await paste(chat, { text: long })
  await expect(chips).toContainText('Pasted text.txt')
  await expect(chat.textbox).toHaveValue('')
  await page.getByRole('button', { name: 'Paste it as text' }).click()
  await expect(chat.textbox).toHaveValue(long)
  await expect(chips).not.toContainText('Pasted text.txt')
  await chat.textbox.fill('What is the capital of France?')

  // By drop: a PDF, and a file that is longer than the context.
  const files = [
    { name: 'two.pdf', content: pdf([['First page'], ['Second page']]) },
    { name: 'long.txt', content: 'word '.repeat(20_000) },
  ]
  const dataTransfer = await transferOf(page, { files })
  const overlay = page.getByText('Drop files to attach them')
  await page.dispatchEvent('main', 'dragenter', { dataTransfer })
  await expect(overlay).toBeVisible()
  await page.dispatchEvent('main', 'drop', { dataTransfer })
  await expect(overlay).toBeHidden()
  await expect(refused).toContainText(
    /long\.txt was not attached.*needs [\d,]+ tokens; [\d,]+ are left/,
  )
  await expect(chips).toContainText(/two\.pdf\d+ tokens/)

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: `test-results/looks/attachments-${width}-${colorScheme}.png` })
    }
  }
  await refused.getByRole('button', { name: 'Dismiss' }).click()

  // The keyboard takes a file away, and stays among the files.
  await chips.getByRole('button', { name: 'Remove notes.md' }).press('Enter')
  await expect(chips.getByRole('button', { name: 'Remove two.pdf' })).toBeFocused()

  // The model is given the text; the question shows what went with it.
  const tokens = await chips.getByText(/tokens/).allTextContents()
  const fileTokens = tokens.reduce((sum, text) => sum + Number.parseInt(text, 10), 0)
  await chat.chooseEffort('Low')
  await chat.textbox.press('Enter')
  await chat.answered()
  await expect(chips).toBeHidden()
  // An answer is kept a moment after it is shown.
  await expect.poll(() => promptTokens(page)).toBeGreaterThan(fileTokens)
  const sent = chat.questions.getByRole('list', { name: 'Attached files' })
  await sent.getByRole('button', { name: 'two.pdf' }).click()
  const shown = page.getByRole('dialog', { name: 'two.pdf' })
  await expect(shown.getByRole('textbox')).toHaveValue(
    '[Page 1 of 2]\nFirst page\n\n[Page 2 of 2]\nSecond page',
  )
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await shown.getByRole('button', { name: 'Close' }).click()

  // Another version of the question may do without one of them.
  await chat.questions.getByRole('button', { name: 'Edit' }).click()
  await chat.questions.getByRole('button', { name: 'Remove two.pdf' }).click()
  await chat.questions.getByRole('button', { name: 'Send as a new version' }).click()
  await expect(chat.questions).toContainText('2/2')
  await expect(sent.getByRole('listitem')).toHaveText(/cities\.csv/)
})

/** Tokens of the prompt of the answer that was kept last. */
function promptTokens(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const done = (request: IDBRequest) =>
      new Promise((resolve) => {
        request.onsuccess = () => resolve(request.result)
      })
    const database = (await done(indexedDB.open('alcove-chats'))) as IDBDatabase
    const messages = database.transaction('messages').objectStore('messages').getAll()
    const all = (await done(messages)) as { usage?: { prompt_tokens: number } }[]
    database.close()
    return all.find(({ usage }) => usage)?.usage?.prompt_tokens ?? 0
  })
}
