import type { Page } from '@playwright/test'

/** Adds a server on the models page, which is shown. */
export async function addServer(page: Page, { name, url }: { name: string; url: string }) {
  await page.getByRole('button', { name: 'Add a server' }).click()
  const form = page.getByRole('dialog', { name: 'Add a server' })
  await form.getByLabel('Address').fill(url)
  await form.getByLabel('Model').fill('gpt-oss-120b')
  await form.getByLabel('Name').fill(name)
  await form.getByRole('button', { name: 'Save' }).click()
  // The page opens anew, to be allowed to reach it.
  await page.getByRole('article', { name }).waitFor()
}

/** Has a server answer in the shown chat, for the first time. */
export async function chooseServer(page: Page, name: string) {
  const header = page.getByRole('banner')
  await header.getByRole('button', { name: 'Change model' }).click()
  await header.getByRole('button', { name }).click()
  const question = page.getByRole('dialog', { name: 'Send this chat to' })
  await question.getByRole('button', { name: 'Send it there' }).click()
}
