import { expect, test } from './page'

test('a chat needs no pointer', async ({ chat, page }) => {
  await chat.open()
  await chat.ready()
  const { keyboard } = page

  // The textbox has the focus from the start; Shift+Enter begins a line, Enter sends.
  await expect(chat.textbox).toBeFocused()
  await keyboard.type('What is')
  await keyboard.press('Shift+Enter')
  await keyboard.type('the capital of France?')
  await expect(chat.textbox).toHaveValue('What is\nthe capital of France?')
  await keyboard.press('Enter')
  await expect(chat.questions).toHaveText('What is\nthe capital of France?')
  await expect(chat.textbox).toHaveValue('')
  await chat.answered()
  await expect(chat.textbox).toBeFocused()

  // Tab reaches the files, then the effort; arrow keys choose.
  await keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Attach files' })).toBeFocused()
  await keyboard.press('Tab')
  await expect(chat.effort.getByRole('radio', { name: 'Medium' })).toBeFocused()
  await keyboard.press('ArrowRight')
  await expect(chat.effort.getByRole('radio', { name: 'High' })).toBeChecked()

  // Esc stops, from the textbox as from elsewhere.
  await keyboard.press('Shift+Tab')
  await keyboard.press('Shift+Tab')
  await keyboard.type('What is 437 + 58?')
  await chat.pauseAt('437')
  await keyboard.press('Enter')
  await expect(chat.reasoning).toContainText('437')
  await keyboard.press('Escape')
  await expect(chat.answer).toContainText('Stopped')
  await chat.goOn('is lost')
  await expect(chat.textbox).toBeFocused()

  // The folded reasoning opens by Enter.
  const summary = chat.reasoning.locator('summary')
  await summary.focus()
  await keyboard.press('Enter')
  await expect(chat.reasoning).toHaveAttribute('open')
})

test('the model’s menu closes by Esc without stopping the answer, whose stations are heard', async ({
  chat,
  page,
}) => {
  await chat.open()
  await chat.ready()
  const heard = (news: string) => page.getByRole('status').filter({ hasText: news })
  await chat.chooseEffort('High')
  await chat.pauseAt('437')
  await chat.ask('What is 437 + 58?')
  await expect(heard('Thinking')).toBeVisible()
  const pill = chat.modelStatus('Ready')
  await pill.focus()
  await page.keyboard.press('Enter')
  const choices = page.getByRole('list', { name: 'Models on this device' })
  await expect(choices.getByRole('button', { name: 'gpt-oss-mini' })).toBeVisible()

  await page.keyboard.press('Escape')
  await expect(choices).toBeHidden()
  await expect(pill).toBeFocused()
  await chat.goOn()
  await expect(heard('The answer is finished')).toBeVisible()
  await expect(chat.answer).not.toContainText('Stopped')
  await expect(chat.answer).toContainText('437 + 58 = 495')
})
