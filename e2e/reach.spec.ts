import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './page'

test('commands, shortcuts and themes need no pointer', async ({ chat, page }) => {
  const { keyboard } = page
  const dialog = (name: string) => page.getByRole('dialog', { name })
  const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)
  await chat.withoutEngine()
  await chat.open()
  await expect(chat.textbox).toBeFocused()

  // A question mark is typed in a text field, and is a shortcut elsewhere.
  await keyboard.press('Shift+Slash')
  await expect(chat.textbox).toHaveValue('?')
  await keyboard.press('Backspace')
  await page.getByRole('button', { name: 'Settings', exact: true }).focus()
  await keyboard.press('Shift+Slash')
  await expect(dialog('Keyboard shortcuts')).toContainText('Command palette')
  await keyboard.press('Escape')
  await expect(dialog('Keyboard shortcuts')).toBeHidden()
  await expect(page.getByRole('button', { name: 'Settings', exact: true })).toBeFocused()

  // The palette finds commands by their words, typed before it has come or after, and says when there
  // is none.
  let come = () => {}
  const hasToCome = new Promise<void>((resolve) => {
    come = resolve
  })
  await page.route('**/assets/Palette-*.js', async (route) => {
    await hasToCome
    await route.continue()
  })
  await keyboard.press('Control+k')
  await expect(dialog('Commands').getByRole('textbox')).toBeFocused()
  await keyboard.type('no such')
  come()
  const query = page.getByRole('combobox', { name: 'Commands' })
  await expect(query).toBeFocused()
  await keyboard.type(' thing')
  await expect(query).toHaveValue('no such thing')
  await expect(dialog('Commands')).toContainText('Nothing is called that')
  await query.fill('theme dark')
  await keyboard.press('Enter')
  await expect(dialog('Commands')).toBeHidden()
  expect(await scheme()).toBe('dark')

  // The theme is there again before the page is.
  await page.reload()
  await expect(chat.textbox).toBeVisible()
  expect(await scheme()).toBe('dark')
  await expect(page.locator('meta[name=theme-color]').first()).toHaveAttribute('content', '#171614')

  // Conversations are found by title; what is done to the one shown takes no way through the list.
  await chat.seed([{ question: 'What is 2 + 3?', answer: 'It is 5.' }])
  await expect(chat.answer).toContainText('It is 5.')
  await keyboard.press('Alt+Shift+N')
  await expect(chat.answers).toHaveCount(0)
  await keyboard.press('Control+k')
  await query.fill('2 + 3')
  await expect(dialog('Commands').getByRole('option')).toHaveText('What is 2 + 3?')
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await keyboard.press('Enter')
  await expect(chat.answer).toContainText('It is 5.')
  await keyboard.press('Control+k')
  await query.fill('rename')
  await keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'Title' })).toBeFocused()
  await keyboard.type('A sum')
  await keyboard.press('Enter')
  await expect(chat.chats.getByRole('link', { name: 'A sum' })).toBeVisible()
})

test('the page speaks Arabic, from right to left', async ({ chat, page }) => {
  await chat.withoutEngine()
  await chat.open()
  await page.getByRole('button', { name: 'Settings', exact: true }).click()
  const settings = page.getByRole('dialog')
  await settings.getByRole('combobox').first().selectOption('العربية')
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl')
  await expect(page.locator('html')).toHaveAttribute('lang', 'ar')
  // The dialog is still there, in the new language.
  await expect(settings).toContainText('محفوظ في هذا المتصفح')
  await settings.getByRole('button', { name: 'إغلاق' }).click()

  // The list of chats is on the right, and the conversation on its left.
  const list = await page.getByRole('navigation', { name: 'المحادثات' }).boundingBox()
  const textbox = await page.getByRole('textbox', { name: 'الرسالة' }).boundingBox()
  expect(list?.x).toBeGreaterThan(textbox?.x ?? 0)
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])

  await page.goto('./#/models')
  await expect(page.getByRole('heading', { name: 'النماذج', exact: true })).toBeVisible()
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  const overflow = await page.evaluate(() => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement
    return [scrollWidth - clientWidth, scrollHeight - clientHeight]
  })
  expect(overflow, 'pixels beyond the edges').toEqual([0, 0])
})

test('a first visit says what answers, and whether a real model would run here', async ({
  chat,
  page,
}) => {
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith('http://localhost') && !request.url().startsWith('blob:'))
      elsewhere.push(request.url())
  })
  await chat.open()
  const about = page.getByRole('region', { name: 'About this model' })
  await expect(about).toContainText('gpt-oss-mini answers at once')
  // What tests in is a software adapter, and is told to be one.
  await expect(about).toContainText(/There is no GPU here|needs 1\d\.\d GB/)
  await about.getByRole('link', { name: 'Get gpt-oss-20b' }).click()
  await expect(page.getByRole('article', { name: 'gpt-oss-20b' })).toBeVisible()
  expect(elsewhere, 'requests to other servers').toEqual([])
})
