import AxeBuilder from '@axe-core/playwright'
import { type ChatPage, expect, test } from './page'

const colorSchemes = ['light', 'dark'] as const

/** Two chats that an earlier visit left, each with its answer; the second is shown. */
async function twoChats(chat: ChatPage) {
  await chat.withoutEngine()
  await chat.seed(
    [{ question: 'What is 437 + 58?', answer: '437 + 58 = 495' }],
    [{ question: 'What is the capital of France?', answer: 'The capital of France is Paris.' }],
  )
  await expect(chat.answer).toContainText('Paris')
}

test('a chat remembers what was said, a new one does not, and both are kept', async ({
  chat,
  page,
}) => {
  await chat.open()
  await chat.ask('My name is Ada.')
  await chat.answered()
  await chat.ask('What is my name?')
  await expect(chat.answers).toHaveCount(2)
  await chat.answered()
  await expect(chat.answer).toContainText('Ada')

  await chat.newChat.click()
  await expect(chat.answers).toHaveCount(0)
  await expect(chat.questions).toHaveCount(0)
  await expect(chat.textbox).toBeFocused()
  await chat.ask('What is my name?')
  await chat.answered()
  await expect(chat.answer).not.toContainText('Ada')

  await expect(chat.chats.getByRole('listitem')).toHaveText(['What is my name?', 'My name is Ada.'])
  await expect(chat.chats.getByRole('heading')).toHaveText('Today')
  await chat.chats.getByRole('link', { name: 'My name is Ada.' }).click()
  await expect(chat.answer).toContainText('Ada')
  const address = page.url()

  // The address opens this very chat, in another visit too.
  await chat.withoutEngine()
  await page.reload()
  await expect(chat.answer).toContainText('Ada')
  await expect(chat.questions).toHaveText(['My name is Ada.', 'What is my name?'])
  expect(page.url()).toBe(address)

  // Back and forward go through the chats that were shown.
  await chat.chats.getByRole('link', { name: 'What is my name?' }).click()
  await expect(chat.questions).toHaveText('What is my name?')
  await page.goBack()
  await expect(chat.questions).toHaveCount(2)
})

test('search finds what was said, by any part of it', async ({ chat, page }) => {
  await twoChats(chat)
  await chat.search.fill('pari')
  await expect(chat.chats.getByText('1 chat found')).toBeVisible()
  await expect(chat.chats.getByRole('listitem')).toContainText('The capital of France is Paris.')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(chat.answer).toContainText('Paris')

  await chat.search.fill('no such words')
  await expect(chat.chats.getByText('No chat has all of these words')).toBeVisible()
  await chat.search.fill('')
  await expect(chat.chats.getByRole('listitem')).toHaveCount(2)
})

test('a chat is renamed, pinned and tagged by the keyboard alone', async ({ chat, page }) => {
  await twoChats(chat)
  const { keyboard } = page
  await chat.chats.getByRole('link', { name: '437' }).focus()
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'Rename' })).toBeFocused()
  await keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Options for What is 437' })).toBeFocused()
  await keyboard.press('Enter')
  await keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'Title' })).toBeFocused()
  await keyboard.type('A sum')
  await keyboard.press('Enter')
  await expect(chat.chats.getByRole('link', { name: 'A sum' })).toBeVisible()

  await chat.chats.getByRole('link', { name: 'A sum' }).focus()
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await keyboard.press('p')
  await keyboard.press('Enter')
  await expect(chat.chats.getByRole('heading')).toHaveText(['Pinned', 'Today'])
  await expect(chat.chats.getByRole('listitem').first()).toHaveText('A sum')

  await chat.chats.getByRole('link', { name: 'A sum' }).focus()
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await keyboard.press('t')
  await keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'Tags' })).toBeFocused()
  await keyboard.type('School, maths, school')
  await keyboard.press('Enter')
  const filter = page.getByRole('combobox', { name: 'Chats with the tag' })
  await filter.focus()
  await keyboard.type('maths')
  await expect(chat.chats.getByRole('listitem')).toHaveText('A sumSchool · maths')

  await page.reload()
  await expect(chat.chats.getByRole('listitem').first()).toHaveText('A sumSchool · maths')
  await expect(chat.chats.getByRole('listitem')).toHaveCount(2)
  await chat.search.fill('school')
  await expect(chat.chats.getByText('1 chat found')).toBeVisible()
})

test('a deleted chat comes back by Undo, and else stays away', async ({ chat, page }) => {
  await twoChats(chat)
  const remove = async () => {
    await page.getByRole('button', { name: 'Options for What is the capital' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await expect(chat.chats.getByRole('listitem')).toHaveCount(1)
    await expect(chat.answers).toHaveCount(0)
  }
  await remove()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(chat.chats.getByRole('listitem')).toHaveCount(2)
  await expect(chat.answer).toContainText('Paris')

  const address = page.url()
  await remove()
  await page.reload()
  await expect(chat.chats.getByRole('listitem')).toHaveCount(1)
  await page.goto(address)
  await expect(page.getByText('not in this browser')).toBeVisible()
  await expect(chat.textbox).toBeVisible()
})

test('what is typed and not sent is kept for its chat', async ({ chat, page }) => {
  await twoChats(chat)
  await chat.textbox.fill('and of Italy?')
  await chat.newChat.click()
  await expect(chat.textbox).toHaveValue('')
  await chat.textbox.fill('something new')
  await page.reload()
  await expect(chat.textbox).toHaveValue('something new')
  await expect(chat.chats.getByRole('listitem').first()).toContainText('Draft')
  await chat.chats.getByRole('link', { name: 'France' }).click()
  await expect(chat.textbox).toHaveValue('and of Italy?')
})

test('two tabs show the same chats, and lose nothing of each other', async ({ chat, context }) => {
  await twoChats(chat)
  const other = chat.in(await context.newPage())
  await other.page.goto(chat.page.url())
  await expect(other.answer).toContainText('Paris')

  await other.ask('What is 2 + 2?')
  await other.answered()
  await expect(chat.questions).toHaveCount(2)
  await expect(chat.answer).toContainText('4')
  await other.newChat.click()
  await other.ask('Reverse the word planet.')
  await expect(chat.chats.getByRole('listitem')).toHaveCount(3)
})

test('on a phone the chats are in a drawer', async ({ chat, page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await twoChats(chat)
  await page.getByRole('button', { name: 'Chats' }).click()
  const drawer = page.getByRole('dialog', { name: 'Chats' })
  await expect(drawer.getByRole('listitem')).toHaveCount(2)
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.screenshot({ path: `test-results/looks/drawer-390-${colorScheme}.png` })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations).toEqual([])
  }

  await drawer.getByRole('link', { name: '437' }).click()
  await expect(drawer).toBeHidden()
  await expect(chat.answer).toContainText('495')

  // A menu in the drawer is above it, and can be pressed.
  await page.getByRole('button', { name: 'Chats' }).click()
  await drawer.getByRole('button', { name: 'Options for What is 437' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await expect(drawer).toBeHidden()
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
})

test('the chats have no flaw that axe knows', async ({ chat, page }) => {
  const examine = async (name: string) => {
    for (const colorScheme of colorSchemes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.screenshot({ path: `test-results/looks/${name}-1440-${colorScheme}.png` })
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  await twoChats(chat)
  await examine('chats')
  await page.getByRole('button', { name: 'Options for What is the capital' }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await examine('rename')
})
