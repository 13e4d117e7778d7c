import { expect, test } from './page'

test('a first visit chats with nothing to choose', async ({ chat }) => {
  await chat.open()
  await chat.chooseEffort('High')
  await chat.ask('What is 437 + 58?')

  // While the model thinks, the panel is folded, and its header says about what.
  await expect(chat.reasoning).not.toHaveAttribute('open')
  await expect(chat.reasoning.locator('summary')).toContainText(/Thinking.*\d/)

  await chat.answered()
  await expect(chat.answer).toContainText('437 + 58 = 495')
  await expect(chat.reasoning).not.toHaveAttribute('open')
  await expect(chat.answer).toContainText(/\d+ tokens · [\d.]+ tok\/s/)

  await chat.reasoning.getByText('Thought for').click()
  await expect(chat.reasoning).toHaveAttribute('open')
  await expect(chat.reasoning).toContainText('7+8=15')
})

test('a progress bar shows how far the model is loaded', async ({ chat, page }) => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route('**/model-00002-of-00002.safetensors', async (route) => {
    await held
    await route.continue()
  })
  await chat.open()
  await expect(chat.loading).toBeVisible()

  // A question asked meanwhile waits for the model.
  await chat.ask('What is the capital of France?')
  await expect(chat.answer).toContainText('Waiting for the model to load')
  release()
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
  await expect(chat.loading).toBeHidden()
})

test('a suggestion asks its question', async ({ chat, page }) => {
  await chat.open()
  await page.getByRole('button', { name: 'What is the capital of France?' }).click()
  await expect(chat.questions).toHaveText('What is the capital of France?')
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
})

test('Stop keeps what was said and the chat goes on', async ({ chat }) => {
  await chat.open()
  await chat.ready()
  await chat.chooseEffort('High')
  await chat.ask('What is 437 + 58?')
  await expect(chat.reasoning).toContainText('437')
  await chat.stop.click()

  await expect(chat.send).toBeVisible()
  await expect(chat.answer).toContainText('Stopped')
  await expect(chat.answer).not.toContainText('437 + 58 = 495')
  await expect(chat.reasoning).toContainText('437')
  await expect(chat.textbox).toBeFocused()

  await chat.ask('What is the capital of France?')
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
})

test('a chat remembers what was said; a new one does not', async ({ chat }) => {
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
})

test('a new chat during an answer leaves nothing of it', async ({ chat }) => {
  await chat.open()
  await chat.ready()
  await chat.chooseEffort('High')
  await chat.ask('What is 437 + 58?')
  await expect(chat.reasoning).toContainText('437')
  await chat.newChat.click()
  await expect(chat.answers).toHaveCount(0)

  await chat.ask('What is the capital of France?')
  await expect(chat.answers).toHaveCount(1)
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
})

test('the effort is kept across visits', async ({ chat, page }) => {
  await chat.open()
  await chat.chooseEffort('High')
  await page.reload()
  await expect(chat.effort.getByRole('radio', { name: 'High' })).toBeChecked()
})
