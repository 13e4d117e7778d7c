import { expect, test } from './page'

test('a first visit chats with nothing to choose', async ({ chat, page }) => {
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

  // A suggestion asks its question, which waits for the model.
  await page.getByRole('button', { name: 'What is the capital of France?' }).click()
  await expect(chat.questions).toHaveText('What is the capital of France?')
  await expect(chat.answer).toContainText('Waiting for the model to load')
  release()
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
  await expect(chat.loading).toBeHidden()

  // While the model thinks, the panel is folded, and its header says about what.
  await chat.chooseEffort('High')
  await chat.pauseAt('7+8=15')
  await chat.ask('What is 437 + 58?')
  await expect(chat.reasoning).not.toHaveAttribute('open')
  await expect(chat.reasoning.locator('summary')).toHaveText(/^Thinking.+/)

  await chat.goOn()
  await chat.answered()
  await expect(chat.answer).toContainText('437 + 58 = 495')
  await expect(chat.reasoning).not.toHaveAttribute('open')
  await expect(chat.answer).toContainText(/\d+ tokens · [\d.]+ tok\/s/)

  await chat.reasoning.getByText('Thought for').click()
  await expect(chat.reasoning).toHaveAttribute('open')
  await expect(chat.reasoning).toContainText('7+8=15')

  // The effort is kept across visits.
  await chat.withoutEngine()
  await page.reload()
  await expect(chat.effort.getByRole('radio', { name: 'High' })).toBeChecked()
})

test('Stop keeps what was said, from where Continue goes on', async ({ chat }) => {
  await chat.open()
  await chat.ready()
  await chat.chooseEffort('High')
  const askAndStop = async () => {
    const answers = await chat.answers.count()
    await chat.pauseAt('437')
    await chat.ask('What is 437 + 58?')
    await expect(chat.answers).toHaveCount(answers + 1)
    await expect(chat.reasoning).toContainText('437')
    await chat.stop.click()
    await expect(chat.send).toBeVisible()
    await expect(chat.answer).toContainText('Stopped')
    await chat.goOn('is lost')
  }
  await askAndStop()
  await expect(chat.answer).not.toContainText('437 + 58 = 495')
  await expect(chat.reasoning).toContainText('437')
  await expect(chat.textbox).toBeFocused()
  await chat.answer.getByRole('button', { name: 'Continue' }).click()
  await expect(chat.answer).not.toContainText('Stopped')
  await chat.answered()
  await expect(chat.answer).toContainText('437 + 58 = 495')

  // The chat goes on after a stopped answer, too.
  await askAndStop()
  await chat.ask('What is the capital of France?')
  await expect(chat.answers).toHaveCount(3)
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')

  // A new chat during an answer has nothing of it.
  await chat.pauseAt('437')
  await chat.ask('What is 437 + 58?')
  await expect(chat.answers).toHaveCount(4)
  await expect(chat.reasoning).toContainText('437')
  await chat.newChat.click()
  await expect(chat.answers).toHaveCount(0)
  await chat.goOn()
  await chat.ask('What is the capital of France?')
  await expect(chat.answers).toHaveCount(1)
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
})
