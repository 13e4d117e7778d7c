import { readFile } from 'node:fs/promises'
import AxeBuilder from '@axe-core/playwright'
import type { Browser, Page } from '@playwright/test'
import jsqr from 'jsqr'
import { parseShardIndex } from '../src/engine/weights/checkpoint'
import { readShardHeader } from '../src/engine/weights/safetensors'
import { createFsSource } from '../tools/fs-source'
import { miniFolder } from './mirror'
import { expect, test } from './page'
import { linkOf, openDialog } from './share-dialog'

/** Another person's browser, who opens a link. */
async function openElsewhere(browser: Browser, link: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(link)
  return page
}

/** What stands in a code on the screen. */
async function readCode(page: Page): Promise<string | undefined> {
  const code = page.getByRole('img', { name: 'QR code of the link' })
  const picture = (await code.screenshot()).toString('base64')
  const { data, width, height } = await page.evaluate(async (picture) => {
    const bytes = Uint8Array.from(atob(picture), (sign) => sign.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes]))
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D
    context.drawImage(bitmap, 0, 0)
    const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height)
    return { data: [...data], width, height }
  }, picture)
  return jsqr(Uint8ClampedArray.from(data), width, height)?.data
}

/** A weight of the head: that of the first channel for a token that every answer begins with. */
async function weightOfChannelToken() {
  const source = createFsSource(miniFolder)
  const read = async (name: string) =>
    JSON.parse(await readFile(`${miniFolder}/${name}`, 'utf8')) as unknown
  const tokenizer = (await read('tokenizer.json')) as {
    added_tokens: { id: number; content: string }[]
  }
  const { id = 0 } = tokenizer.added_tokens.find(({ content }) => content === '<|channel|>') ?? {}
  const { shardOf } = parseShardIndex(await read('model.safetensors.index.json'))
  const file = shardOf.get('lm_head.weight') as string
  const entries = await readShardHeader(source, file)
  const head = entries.find(({ name }) => name === 'lm_head.weight')
  if (head === undefined) throw new Error('the mini model has no lm_head.weight')
  // The high byte of a bf16: its sign and seven bits of its exponent.
  return { file, byteOffset: head.byteOffset + id * 2 * (head.shape[1] as number) + 1 }
}

test('a link shows the same elsewhere, and a replay is the same to the last token', async ({
  chat,
  page,
  browser,
}) => {
  await chat.open()
  await chat.ready()
  await chat.ask('What is 437 + 58?')
  await chat.answered()
  const written = await chat.answer.locator('p').first().innerText()
  const dialog = await openDialog(page)
  const link = await linkOf(page)
  await expect(dialog).toContainText('what it takes to replay 1 answer')
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await dialog.getByRole('button', { name: 'QR code' }).click()
  expect(await readCode(page)).toBe(link)
  await page.screenshot({ path: 'test-results/looks/share-1280-light.png' })

  const other = await openElsewhere(browser, link)
  await expect(other.getByRole('article', { name: 'Question' })).toHaveText('What is 437 + 58?')
  const answer = other.getByRole('article', { name: 'Assistant' })
  await expect(answer).toContainText(written)
  await other.getByRole('button', { name: 'Replay on this device' }).click()
  await expect(answer.getByText(/^Identical: all \d+ tokens are the same$/)).toBeVisible()
  await expect(other.getByText('The same model is loaded here')).toBeVisible()
  expect((await new AxeBuilder({ page: other }).analyze()).violations).toEqual([])
  await other.screenshot({ path: 'test-results/looks/shared-1280-light.png' })

  await other.getByRole('button', { name: 'Continue in a chat of your own' }).click()
  await expect(chat.in(other).answer).toContainText(written)
  await expect(chat.in(other).chats.getByRole('link')).toHaveText('What is 437 + 58?')
  await other.context().close()
})

test('with another weight a replay names the first token that differs', async ({
  chat,
  page,
  browser,
}) => {
  await chat.open()
  await chat.ready()
  await chat.ask('What is the capital of France?')
  await chat.answered()
  await openDialog(page)
  const link = await linkOf(page)

  const { file, byteOffset } = await weightOfChannelToken()
  const other = await (await browser.newContext()).newPage()
  await other.route(`**/gpt-oss-mini/${file}`, async (route) => {
    const response = await route.fetch()
    const body = await response.body()
    const [, begin = 0] = /bytes (\d+)-/.exec(response.headers()['content-range'] ?? '') ?? []
    const at = byteOffset - Number(begin)
    // 2^11 or so, where the weight was a fraction.
    if (at >= 0 && at < body.length) body[at] = 0x45
    await route.fulfill({ response, body })
  })
  await other.goto(link)
  await other.getByRole('button', { name: 'Replay on this device' }).click()
  const result = other.getByRole('status').filter({ hasText: 'differs' })
  await expect(result).toContainText(
    /Token \d+ is the first that differs: expected ".*", got ".*"\./,
  )
  await expect(result).toContainText('The weights here are not those of gpt-oss-mini then')
  await other.screenshot({ path: 'test-results/looks/replay-differs-1280-light.png' })
  await other.context().close()
})

test('a passphrase, a part, a file, a frame, and what is no share', async ({ chat, page }) => {
  await chat.withoutEngine()
  await chat.seed([
    { question: 'First question', reasoning: 'a hidden thought', answer: 'First answer' },
    { question: 'Second question', answer: 'Second **answer**' },
  ])
  const dialog = await openDialog(page)
  await dialog.getByLabel('The reasoning').uncheck()
  await dialog.getByLabel('Passphrase').fill('open sesame')
  await expect(dialog).toContainText('encrypted')
  const locked = await linkOf(page)
  await dialog.getByText('Embed it in a page').click()
  const snippet = await dialog.getByLabel('HTML for the page').inputValue()
  const downloading = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Save as a file' }).click()
  const download = await downloading
  const file = await download.path()
  // Who lacks the passphrase does not learn the title from what stands around it either.
  expect(download.suggestedFilename()).toMatch(/^Shared-chat/)
  expect(snippet).toContain('title="Shared chat"')

  // Somebody's blog.
  await page.route('**/blog', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<h1>A blog</h1>${snippet}` }),
  )
  await page.goto('./blog')
  const frame = page.frameLocator('iframe')
  const unlock = async (area: Page | typeof frame, passphrase: string) => {
    await area.getByLabel('Passphrase').fill(passphrase)
    await area.getByRole('button', { name: 'Open', exact: true }).click()
  }
  await unlock(frame, 'open')
  await expect(frame.getByRole('alert')).toContainText('This is not the passphrase')
  await unlock(frame, 'open sesame')
  await expect(frame.getByRole('article')).toHaveText([
    'First question',
    /First answer/,
    'Second question',
    /Second answer/,
  ])
  await expect(frame.getByText('a hidden thought')).toHaveCount(0)
  await expect(frame.getByRole('link', { name: 'Open in Alcove' })).toHaveAttribute(
    'href',
    `./${new URL(locked).hash}`,
  )
  expect((await new AxeBuilder({ page }).include('iframe').analyze()).violations).toEqual([])
  await page.screenshot({ path: 'test-results/looks/embed-1280-light.png' })

  // A frame of the app itself shows the same, and nothing else that could be pressed.
  await page.locator('iframe').evaluate((element, address) => {
    element.setAttribute('src', address)
  }, locked)
  await expect(frame.getByRole('button')).toHaveText(['Open'])
  await unlock(frame, 'open sesame')
  await expect(frame.getByRole('article').last()).toContainText('Second answer')
  expect(new URL(page.frames()[1]?.url() ?? '').pathname).toBe('/embed.html')

  // The same as a file, picked where backups are.
  await page.goto('./')
  await page.getByLabel('Backup file').setInputFiles({
    name: 'chat.alcove',
    mimeType: 'application/json',
    buffer: await readFile(file),
  })
  await unlock(page, 'open sesame')
  await expect(page.getByRole('article').last()).toContainText('Second answer')

  const refusal = page.getByRole('alert')
  for (const [code, reason] of [
    [new URL(locked).hash.slice(4, 60), 'Its end is missing'],
    [`${new URL(locked).hash.slice(4, -8)}AAAAAAAA`, 'Some of it was changed'],
    ['', 'There is no shared chat in it'],
    ['<img src=x onerror=alert(1)>', 'Some of it was changed'],
  ]) {
    await page.goto(`./#/s/${code}`)
    await expect(refusal).toContainText(reason as string)
  }
})

test('a question alone is tried as soon as it is opened', async ({ chat, page }) => {
  await chat.seed([{ question: 'What is the capital of France?', answer: 'I forgot.' }])
  const dialog = await openDialog(page)
  await dialog.getByLabel('A question alone').check()
  const link = await linkOf(page)
  await page.goto(link)
  await page.reload()
  const answer = page.getByRole('article', { name: 'Assistant' })
  await expect(answer).toContainText('Paris')
  await page.getByRole('button', { name: 'Continue in a chat of your own' }).click()
  await expect(chat.answer).toContainText('Paris')
  await expect(chat.questions).toHaveText('What is the capital of France?')
})
