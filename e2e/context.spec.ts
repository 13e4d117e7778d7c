import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './page'

test('an answer is edited, and the model goes on from it', async ({ chat, page }) => {
  await chat.seed([
    {
      question: 'What is the capital of France?',
      reasoning: 'Asked for the capital of France.',
      answer: 'Lyon.',
    },
  ])
  const more = chat.answer.getByRole('button', { name: 'More for this answer' })
  const edit = async () => {
    await more.click()
    await page.getByRole('menuitem', { name: 'Edit answer' }).click()
  }
  const answer = page.getByRole('textbox', { name: 'Answer' })
  await edit()
  await expect(answer).toBeFocused()
  await expect(page.getByRole('textbox', { name: 'Reasoning' })).toHaveValue(/capital of France/)
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.keyboard.press('Escape')
  await expect(more).toBeFocused()

  await edit()
  await answer.fill('It is Paris.')
  await page.keyboard.press('Control+Enter')
  await expect(chat.answer).toContainText('It is Paris.')
  await expect(chat.answer).toContainText(/2\/2.*Edited/)
  await expect(more).toBeFocused()

  await edit()
  await answer.fill('The capital of France is')
  await page.getByRole('button', { name: 'Save and continue' }).click()
  await chat.answered()
  await expect(chat.answer).toContainText('The capital of France is Paris.')
  await expect(chat.answer).toContainText(/3\/3.*Edited/)
  await chat.answer.getByRole('button', { name: 'Previous version' }).click()
  await expect(chat.answer).toContainText('It is Paris.')
})

test('a full context: the oldest messages go, and stay readable', async ({ chat, page }) => {
  // So small that two turns fill it.
  await page.addInitScript(() => {
    const model = new URL('models/gpt-oss-mini/', document.baseURI).href
    const state = { contextTokens: { [model]: 256 } }
    localStorage.setItem('alcove-settings', JSON.stringify({ state, version: 0 }))
  })
  await chat.seed([
    { question: 'Tell me of the sea.', answer: 'The sea is wide and blue. '.repeat(5) },
    { question: 'My name is Ada.', answer: 'Hello Ada.' },
  ])
  const meter = page.getByRole('button', { name: 'of 256 tokens' })
  await meter.click()
  await expect(page.getByRole('group', { name: 'Context' })).toContainText('Messages so far')
  await page.keyboard.press('Escape')

  await chat.textbox.fill('What is my name? '.repeat(16))
  const notice = page.getByRole('alert')
  await expect(notice).toContainText('The context is full')
  await expect(chat.send).toBeDisabled()
  await expect(notice).toContainText(/leaves out the 4 oldest messages and frees \d+ tokens/)
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.screenshot({ path: 'test-results/looks/context-full-1280-light.png' })
  await notice.getByRole('button', { name: 'Drop the oldest messages' }).click()
  await chat.answered()

  const divider = page.getByRole('region', { name: 'No longer seen by the model' })
  await expect(divider).toContainText(/4 messages above, \d+ tokens freed/)
  await expect(chat.answers.first()).toContainText('The sea is wide')
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.screenshot({ path: 'test-results/looks/context-dropped-1280-light.png' })
  await divider.getByRole('button', { name: 'Undo' }).click()
  await expect(divider).toBeHidden()
})
