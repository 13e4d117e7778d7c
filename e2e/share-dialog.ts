import { expect, type Page } from '@playwright/test'

const dialogName = 'Share this chat'

/** Opens the dialog of the newest chat. */
export async function openDialog(page: Page) {
  await page.getByRole('button', { name: 'Options for' }).first().click()
  await page.getByRole('menuitem', { name: 'Share' }).click()
  return page.getByRole('dialog', { name: dialogName })
}

/** The link that the dialog shows, once it is made. */
export async function linkOf(page: Page): Promise<string> {
  const link = page.getByRole('dialog', { name: dialogName }).getByLabel('Link', { exact: true })
  await expect(link).toHaveValue(/#\/s\//)
  return link.inputValue()
}
