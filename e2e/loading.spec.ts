import type { Page, Route } from '@playwright/test'
import { expect, runFirst, test } from './page'

const firstShard = 'model-00001-of-00002.safetensors'
const secondShard = 'model-00002-of-00002.safetensors'

/** What this page's browser keeps of any model, by the names under which it is kept. */
function storedKeys(page: Page) {
  return page.evaluate(async () => {
    // Opening a database that is not there would make an empty one.
    const databases = await indexedDB.databases()
    if (!databases.some(({ name }) => name === 'alcove-weights')) return []
    const open = indexedDB.open('alcove-weights')
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      open.onsuccess = () => resolve(open.result)
      open.onerror = () => reject(open.error)
    })
    try {
      const request = database.transaction('records').objectStore('records').getAllKeys()
      return await new Promise<string[]>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result.map(String))
        request.onerror = () => reject(request.error)
      })
    } finally {
      database.close()
    }
  })
}

test.describe('a broken file', () => {
  test.use({ expectedErrors: [/Failed to load resource/] })

  /** In the order in which they are met. */
  const causes: {
    name: string
    file: string
    breakIt: (route: Route) => Promise<void>
    says: RegExp
  }[] = [
    {
      name: 'a server’s failure',
      file: 'config.json',
      breakIt: (route) => route.fulfill({ status: 500 }),
      says: /answered 500 for .*config\.json/,
    },
    {
      name: 'unreachable',
      file: 'tokenizer.json',
      breakIt: (route) => route.abort(),
      says: /No answer from .*tokenizer\.json/,
    },
    {
      name: 'not found',
      file: firstShard,
      breakIt: (route) => route.fulfill({ status: 404 }),
      says: /model-00001-of-00002\.safetensors does not exist/,
    },
    {
      name: 'a page of HTML',
      file: firstShard,
      breakIt: (route) =>
        route.fulfill({ status: 200, contentType: 'text/html', body: '<!doctype html><p>Hello' }),
      says: /model-00001-of-00002\.safetensors is not what it should be: .*HTML/,
    },
    {
      name: 'shorter than its header says',
      file: firstShard,
      breakIt: async (route) => {
        const response = await route.fetch({ headers: { ...route.request().headers(), range: '' } })
        const whole = await response.body()
        await route.fulfill({ status: 200, body: whole.subarray(0, whole.length / 2) })
      },
      says: /model-00001-of-00002\.safetensors ended after/,
    },
  ]

  test('is named and leaves nothing half-written, whatever is wrong with it; Retry goes on', async ({
    chat,
    page,
  }) => {
    const alert = page.getByRole('alert')
    const retry = alert.getByRole('button', { name: 'Retry' })
    for (const [index, { name, file, breakIt, says }] of causes.entries()) {
      await page.route(`**/${file}`, breakIt)
      await (index === 0 ? chat.open() : retry.click())
      await expect(alert, name).toContainText(says)
      await chat.textbox.fill('What is the capital of France?')
      await expect(chat.send).toBeDisabled()
      expect(await storedKeys(page), name).toEqual([])
      await page.unroute(`**/${file}`)
    }

    // The headers of all shards are read first; the cut comes when the second one's data is fetched.
    await page.route(`**/${secondShard}`, (route) => {
      const range = /bytes=0-(\d+)/.exec(route.request().headers().range ?? '')
      return Number(range?.[1]) > 100_000 ? route.abort() : route.continue()
    })
    await retry.click()
    await expect(alert).toContainText(secondShard)

    // After a cut only what is missing is fetched.
    await page.unroute(`**/${secondShard}`)
    const requested: string[] = []
    page.on('request', (request) => requested.push(request.url().split('/').at(-1) ?? ''))
    await retry.click()
    await chat.ready()
    await expect(alert).toBeHidden()
    expect(requested).toContain(secondShard)
    expect(requested).not.toContain(firstShard)
    await chat.send.click()
    await chat.answered()
    await expect(chat.answer).toContainText('Paris')
  })
})

test('where storage is refused the chat works and says that nothing is kept', async ({
  chat,
  page,
}) => {
  await runFirst(
    page,
    `IDBFactory.prototype.open = () => { throw new DOMException('refused', 'SecurityError') }`,
  )
  await chat.open()
  await chat.ask('What is the capital of France?')
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
  await expect(page.getByText('the model is not kept')).toBeVisible()
})
