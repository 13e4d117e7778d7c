import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import type { ChatRequest } from '../src/engine/index'
import { expect, test } from './page'

/** Remembers what the page asks of the engine. */
const rememberRequests = () => {
  const post = Worker.prototype.postMessage
  const requests: unknown[] = []
  Object.assign(globalThis, { requests })
  Worker.prototype.postMessage = function (message: { name?: string; params?: unknown }) {
    if (message.name === 'chat') requests.push(message.params)
    post.call(this, message)
  }
}

const lastRequest = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { requests: ChatRequest[] }).requests.at(-1))

test('a chat has instructions and sampling of its own, and lends them as a persona', async ({
  chat,
  page,
}) => {
  await page.addInitScript(rememberRequests)
  await chat.open()
  await page.getByRole('button', { name: 'Chat settings' }).click()
  const panel = page.getByRole('dialog', { name: 'Chat settings' })
  await expect(panel).toContainText('For the chat that you begin next.')
  await panel.getByRole('textbox', { name: 'Instructions' }).fill('Answer briefly.')
  await panel.getByRole('slider', { name: 'Temperature' }).press('End')
  await expect(panel.getByRole('spinbutton', { name: 'Temperature' })).toHaveValue('2')
  await panel.getByRole('spinbutton', { name: 'Temperature' }).fill('0')
  await panel.getByText('Advanced').click()
  await panel.getByRole('spinbutton', { name: 'Seed' }).fill('7')
  await panel.getByRole('spinbutton', { name: 'Max tokens' }).fill('0')
  await expect(panel).toContainText('A number from 1 to 1,000,000')
  await panel.getByRole('spinbutton', { name: 'Max tokens' }).fill('200')
  await panel.getByRole('textbox', { name: 'Stop strings' }).fill('Paris')

  await panel.getByRole('button', { name: 'Persona options' }).click()
  await page.getByRole('menuitem', { name: 'Save as a new persona' }).click()
  await page.getByRole('textbox', { name: 'Name of the persona' }).fill('Guide')
  await page.keyboard.press('Enter')
  await expect(panel.getByRole('combobox', { name: 'Persona' })).toHaveValue(/./)
  await panel.getByRole('button', { name: 'Persona options' }).click()
  await page.getByRole('menuitem', { name: 'Use for new chats' }).click()
  await expect(panel).toContainText('New chats begin with it.')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  }
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Chat settings: Guide' })).toBeVisible()

  // What comes before the stop string is shown, and nothing from it on.
  await chat.ask('What is the capital of France?')
  await chat.answered()
  await expect(chat.answer).toContainText('The capital of France is')
  await expect(chat.answer).not.toContainText('Paris')
  expect(await lastRequest(page)).toMatchObject({
    messages: [
      { role: 'developer', content: 'Answer briefly.' },
      { role: 'user', content: 'What is the capital of France?' },
    ],
    temperature: 0,
    seed: 7,
    max_tokens: 200,
    stop: ['Paris'],
  })

  // They stay with the chat; the next one begins with the persona, and can do without.
  await chat.withoutEngine()
  await page.reload()
  const mark = page.getByRole('button', { name: 'Chat settings: Guide' })
  await mark.click()
  await expect(panel).toContainText('counts from the next answer on')
  await panel.getByRole('button', { name: 'Reset to the model’s defaults' }).click()
  await expect(panel).toContainText('This chat’s settings differ from the persona’s.')
  await panel.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByRole('button', { name: 'Chat settings: Own instr' })).toBeVisible()
  await chat.newChat.click()
  await mark.click()
  await panel.getByRole('combobox', { name: 'Persona' }).selectOption('None')
  await page.keyboard.press('Escape')
  await expect(mark).toBeHidden()
})

test('a prompt template is written, found and filled in by the keyboard alone', async ({
  chat,
  page,
}) => {
  const { keyboard } = page
  await chat.withoutEngine()
  await chat.open()
  await page.getByRole('button', { name: 'Chat settings' }).focus()
  await keyboard.press('Enter')
  await page.getByRole('button', { name: 'New template' }).focus()
  await keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused()
  await keyboard.type('Rhyme')
  await keyboard.press('Tab')
  await keyboard.type('Find words that rhyme with {{word}} in {{language}}, and not {{word}}.')
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Options for Rhyme' })).toBeVisible()
  await keyboard.press('Escape')

  await chat.textbox.focus()
  await keyboard.type('/')
  const list = page.getByRole('listbox', { name: 'Prompt templates' })
  await expect(list.getByRole('option')).toHaveCount(7)
  await expect(list.getByRole('option', { selected: true })).toContainText('Rhyme')
  await keyboard.press('ArrowUp')
  await expect(list.getByRole('option', { selected: true })).toContainText('Weigh up')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  }
  await keyboard.press('Escape')
  await expect(list).toBeHidden()

  await keyboard.type('rhy')
  await expect(list.getByRole('option')).toHaveText(['Rhymeword, language'])
  await keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'word' })).toBeFocused()
  await keyboard.type('night')
  await keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'language' })).toBeFocused()
  await keyboard.type('English')
  await keyboard.press('Enter')
  await expect(chat.textbox).toHaveValue(
    'Find words that rhyme with night in English, and not night.',
  )
  await expect(chat.textbox).toBeFocused()
})
