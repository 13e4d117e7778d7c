import { pdf } from '../src/app/attachments/testing/pdf'
import { ChatPage, expect, test } from './page'
import { openProfile } from './profile'
import { linkOf, openDialog } from './share-dialog'
import { builtFiles, startStaticSite } from './static-site'

test('after one visit to any static server, everything is there without it, and after a restart', async () => {
  const site = await startStaticSite(builtFiles())
  const start = () => openProfile(test.info().outputPath('profile'))

  let browser = await start()
  let chat = new ChatPage(browser.pages()[0] ?? (await browser.newPage()))
  await chat.page.goto(site.url)
  await chat.ready()
  await chat.ask('What is the capital of France?')
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
  await openDialog(chat.page)
  const link = await linkOf(chat.page)
  await chat.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await browser.close()

  site.isUp = false
  browser = await start()
  chat = new ChatPage(browser.pages()[0] ?? (await browser.newPage()))
  await chat.page.goto(`${site.url}#/models`)
  const about = chat.page.getByRole('article', { name: 'gpt-oss-mini' })
  await chat.page.getByText('About gpt-oss-mini').click()
  await expect(about).toContainText('this browser’s storage')

  await chat.page.goto(site.url)
  await chat.chats.getByRole('link', { name: 'What is the capital of France?' }).click()
  await expect(chat.answer).toContainText('Paris')
  await chat.ask('What is 437 + 58?')
  await chat.answered()
  await expect(chat.answer).toContainText('495')

  // What reads PDFs is there before there was any.
  const file = {
    name: 'one.pdf',
    mimeType: 'application/pdf',
    buffer: Buffer.from(pdf([['A page']])),
  }
  await chat.page.getByLabel('Files to attach').setInputFiles(file)
  const attached = chat.page.getByRole('list', { name: 'Attached files' })
  await expect(attached).toContainText(/one\.pdf\d+ tokens/)

  await chat.page.goto(link)
  await chat.page.getByRole('button', { name: 'Replay on this device' }).click()
  await expect(chat.answer).toContainText(/Identical: all \d+ tokens are the same/)
  await browser.close()
  site.close()
})
