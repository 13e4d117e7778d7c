import { readFile } from 'node:fs/promises'
import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './page'

test('everything that was backed up and deleted comes back', async ({ chat, page }) => {
  await chat.withoutEngine()
  await chat.seed([
    {
      question: 'What is the capital of France?',
      earlierAnswer: 'I do not know.',
      answer: 'It is Paris.',
    },
  ])
  await expect(chat.chats.getByText('Never backed up')).toBeVisible()
  const downloading = page.waitForEvent('download')
  await chat.chats.getByRole('button', { name: 'Back up' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(/^alcove-chats-\d{4}-\d\d-\d\d\.json$/)
  const file = await download.path()
  await expect(chat.chats.getByText('Last on')).toBeVisible()

  await page.getByRole('button', { name: 'Options for What is the capital' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await expect(chat.chats.getByRole('listitem')).toHaveCount(0)

  await page.getByLabel('Backup file').setInputFiles(file)
  await expect(page.getByText('Imported 1 chat')).toBeVisible()
  await chat.chats.getByRole('link', { name: 'capital of France' }).click()
  await expect(chat.answer).toContainText('Paris')
  await chat.answer.getByRole('button', { name: 'Previous version' }).click()
  await expect(chat.answer).toContainText('I do not know.')

  // A file that is not sound is refused whole, and says why.
  const hostile = (await readFile(file, 'utf8')).replace('"pinned"', '"__proto__":{},"pinned"')
  await page.getByLabel('Backup file').setInputFiles({
    name: 'hostile.json',
    mimeType: 'application/json',
    buffer: Buffer.from(hostile),
  })
  const refusal = page.getByRole('dialog', { name: 'This file was not imported' })
  await expect(refusal).toContainText('it has a key named __proto__')
  await page.screenshot({ path: 'test-results/looks/refused-1280-light.png' })
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.keyboard.press('Escape')
  await expect(chat.chats.getByRole('listitem')).toHaveCount(1)
})

test('a chat is exported as Markdown', async ({ chat, page }) => {
  await chat.withoutEngine()
  await chat.seed([{ question: 'What is **bold**?', answer: 'This: **bold**.' }])
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Options for What is' }).click()
  await page.getByRole('menuitem', { name: 'Export as Markdown' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe('What-is-bold.md')
  expect(await readFile(await download.path(), 'utf8')).toBe(
    '# What is **bold**?\n\n## You\n\nWhat is **bold**?\n\n## gpt-oss-mini\n\nThis: **bold**.\n',
  )
})

test('a hidden tab goes on writing, and its title says when it is done', async ({ chat, page }) => {
  await chat.open()
  await chat.ready()
  // As in a tab behind another one: the page is told so, and no frame comes.
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
    window.requestAnimationFrame = () => 0
  })
  await chat.ask('What is the capital of France?')
  await expect.poll(() => page.title()).toMatch(/^● /)
  await expect(chat.answer).toContainText('Paris')

  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => false })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await expect.poll(() => page.title()).not.toMatch(/^● /)
})
