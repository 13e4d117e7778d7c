import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { miniFolder, startMirror } from './mirror'
import { expect, test } from './models-page'

const lastShard = 'model-00002-of-00002.safetensors'

test('the list says before any download what each model needs, and asks nobody', async ({
  models,
  page,
  baseURL,
}) => {
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(String(baseURL))) elsewhere.push(request.url())
  })
  await models.withoutBundledModel()
  await models.open()
  const card = models.card('gpt-oss-20b')
  await expect(card).toContainText('13.8 GB')
  await expect(card).toContainText(/fit.*needs 1\d\.\d GB/i)
  await expect(card).toContainText('8 K context')
  const largest = models.card('gpt-oss-120b')
  await expect(largest).toContainText('65.3 GB')
  // A warning, no more: the button is there.
  await expect(largest).toContainText(/estimates \S+ GB of free storage, and 65\.3 GB are to come/)
  await expect(largest.getByRole('button', { name: 'Download gpt-oss-120b' })).toBeEnabled()
  await expect(page.getByText(/stored, .* free by the browser’s estimate/)).toBeVisible()

  // A longer context needs more memory.
  const cache = card.locator('dd').filter({ hasText: /B$/ }).nth(3)
  const before = await cache.textContent()
  await card.getByRole('combobox', { name: 'Context' }).selectOption('32 K')
  await expect(card).toContainText('32 K context')
  expect(await cache.textContent()).not.toBe(before)
  await page.reload()
  await expect(card.getByRole('combobox', { name: 'Context' })).toHaveValue('32768')
  expect(elsewhere).toEqual([])
})

test('links, the back button and the title follow the page', async ({ chat, models, page }) => {
  await models.withoutBundledModel()
  await chat.open()
  await chat.textbox.fill('a draft')
  await page.getByRole('navigation', { name: 'Pages' }).getByText('Models').click()
  await expect(models.heading).toBeFocused()
  await expect(page).toHaveTitle('Models · Alcove')
  await page.goBack()
  await expect(page).toHaveTitle('Alcove')
  await expect(chat.textbox).toHaveValue('a draft')
  await page.goForward()
  await expect(models.heading).toBeVisible()
})

test('a model from a mirror: paused, reloaded, resumed, used, left for another', async ({
  chat,
  models,
  mirror,
  page,
}) => {
  const name = mirror.address('mine').replace('http://', '')
  await models.withoutBundledModel()
  await models.open()
  await models.add(mirror.address('mine'))
  const card = models.card(name)
  await expect(card).toContainText('1.7 MB')
  await expect(card).toContainText('Not downloaded')

  mirror.hold(lastShard)
  await models.press('Download', name)
  const bar = card.getByRole('progressbar')
  await expect(bar).toHaveAttribute('aria-valuetext', /Downloading .* of 1\.7 MB/)
  await expect(models.news).toContainText(`${name} is downloading`)
  // The first shard has come whole, the second one waits.
  await expect(async () => {
    expect(Number(await bar.getAttribute('value'))).toBeGreaterThan(0.3)
  }).toPass()
  await models.press('Pause', name)
  await expect(card).toContainText(/Paused at \d\d %/)

  await page.reload()
  await expect(card).toContainText(/Paused at \d\d %/)
  mirror.release()
  mirror.weightRequests.length = 0
  await models.press('Resume', name)
  await expect(card).toContainText('On this device')
  expect(new Set(mirror.weightRequests)).toEqual(new Set([`/mine/${lastShard}`]))

  mirror.weightRequests.length = 0
  await models.press('Use', name)
  await models.active(name)
  expect(mirror.weightRequests).toEqual([])
  await card.getByRole('link', { name: 'Chat' }).click()
  await chat.ask('What is the capital of France?')
  await chat.answered()

  // The next visit begins with it, although the mirror is gone.
  mirror.close()
  await page.reload()
  const pill = chat.modelStatus('Ready')
  await expect(pill).toContainText(name)

  // The menu in the header changes the model.
  await models.withBundledModel()
  await pill.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(pill).toContainText('gpt-oss-mini')
  await expect(pill).toBeFocused()
})

test('a cancelled download can be kept or deleted, which frees what was there', async ({
  models,
  mirror,
  page,
}) => {
  const name = mirror.address('mine').replace('http://', '')
  await models.withoutBundledModel()
  await models.open()
  await models.add(mirror.address('mine'))
  mirror.hold(lastShard)
  await models.press('Download', name)
  const card = models.card(name)
  await expect(async () => {
    expect(Number(await card.getByRole('progressbar').getAttribute('value'))).toBeGreaterThan(0.3)
  }).toPass()

  await models.press('Cancel', name)
  await models.answerDialog(/Cancel the download/, 'Go on')
  await expect(card).toContainText('Downloading')
  await models.press('Cancel', name)
  await models.answerDialog(/Cancel the download/, 'Delete it')
  await expect(card).toContainText(/Deleted: \d+ kB are free again/)
  await expect(card).toContainText('Not downloaded')

  await models.press('Remove', `${name} from the list`)
  await expect(card).toBeHidden()
  await page.reload()
  await expect(models.cards).toHaveCount(3)
})

test('a damaged piece is named and fetched again; deleted, the model goes on working', async ({
  chat,
  models,
  page,
}) => {
  await models.open()
  const card = models.card('gpt-oss-mini')
  await models.active('gpt-oss-mini')
  await models.press('Verify files of', 'gpt-oss-mini')
  await expect(card).toContainText(/Verified: all 1\.7 MB are as they arrived/)

  await page.evaluate(damageOnePiece)
  await models.press('Verify files of', 'gpt-oss-mini')
  await expect(card.getByRole('alert')).toContainText(/One piece is damaged.*\.safetensors/)
  await card.getByRole('button', { name: /Fetch again/ }).click()
  await expect(card).toContainText('Downloaded')
  await models.press('Verify files of', 'gpt-oss-mini')
  await expect(card).toContainText(/Verified: all 1\.7 MB/)

  await models.press('Delete', 'gpt-oss-mini')
  await models.answerDialog(/Delete gpt-oss-mini/, 'Delete')
  await expect(card).toContainText('Deleted: 1.7 MB are free again')
  await card.getByRole('link', { name: 'Chat' }).click()
  await chat.ask('What is the capital of France?')
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
})

/** Changes one byte of one stored piece of weights, as a failing disk might. Runs in the page. */
async function damageOnePiece() {
  const open = indexedDB.open('alcove-weights')
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    open.onsuccess = () => resolve(open.result)
    open.onerror = () => reject(open.error)
  })
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  const find = () => database.transaction('records').objectStore('records')
  const keys = await done(find().getAllKeys())
  for (const key of keys) {
    const value: unknown = await done(find().get(key))
    const blob = value instanceof Blob ? value : (value as { blob?: unknown } | null)?.blob
    if (!(blob instanceof Blob) || blob.size < 100_000) continue
    const bytes = new Uint8Array(await blob.arrayBuffer())
    bytes[1000] = (bytes[1000] ?? 0) ^ 1
    const damaged = new Blob([bytes])
    const changed = value instanceof Blob ? damaged : { ...(value as object), blob: damaged }
    const store = database.transaction('records', 'readwrite').objectStore('records')
    await done(store.keyPath === null ? store.put(changed, key) : store.put(changed))
    database.close()
    return
  }
  throw new Error('no piece of weights is stored')
}

test('a picked folder is read in place, chats, and is asked for again on the next visit', async ({
  chat,
  models,
  page,
}) => {
  await page.addInitScript(pickMine)
  await models.withoutBundledModel()
  await models.open()
  await page.evaluate(writeMine, await miniFiles())
  // Of the database alone: the service worker keeps the page meanwhile.
  const usage = () =>
    page.evaluate(async () => {
      const estimate: StorageEstimate & { usageDetails?: { indexedDB?: number } } =
        await navigator.storage.estimate()
      if (!estimate.usageDetails) throw new Error('the browser does not tell what is used for what')
      return estimate.usageDetails.indexedDB ?? 0
    })
  const before = await usage()
  await page.getByRole('button', { name: 'Choose folder' }).click()
  const card = models.card('mine')
  await expect(card).toContainText('1.7 MB')
  await expect(card).toContainText('The next visit asks for them again')
  await models.press('Use', 'mine')
  await models.active('mine')
  await card.getByRole('link', { name: 'Chat' }).click()
  await chat.ask('What is the capital of France?')
  await chat.answered()
  expect((await usage()) - before).toBeLessThan(500_000)

  await models.open()
  await page.reload()
  await expect(card).toContainText('From an earlier visit')
  await models.press('Use', 'mine')
  await models.active('mine')

  // Where a browser has no such picker, a folder comes by way of an input, for this visit.
  await models.folderInput.setInputFiles(miniFolder)
  await expect(models.cards.filter({ hasText: 'For this visit' })).toContainText('1.7 MB')
})

/**
 * Puts the folder `mine` of the page's own file system in place of the one that a person picks, and
 * has it ask for permission as those do: once a visit, in a click. Runs in the page.
 */
function pickMine() {
  if (!isSecureContext) return
  let isGranted = false
  const state = () => (isGranted ? 'granted' : 'prompt')
  Object.assign(window, {
    showDirectoryPicker: async () =>
      (await navigator.storage.getDirectory()).getDirectoryHandle('mine'),
  })
  Object.assign(FileSystemHandle.prototype, {
    queryPermission: async () => state(),
    async requestPermission() {
      isGranted ||= navigator.userActivation.isActive
      return state()
    },
  })
}

/** Writes that folder: names and contents, in base64. Runs in the page. */
async function writeMine(files: readonly [string, string][]) {
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle('mine', { create: true })
  for (const [name, content] of files) {
    const file = await (await folder.getFileHandle(name, { create: true })).createWritable()
    await file.write(Uint8Array.from(atob(content), (character) => character.charCodeAt(0)))
    await file.close()
  }
}

/** The bundled model's files, in base64. */
const miniFiles = async () =>
  Promise.all(
    (await readdir(miniFolder)).map(
      async (name) =>
        [name, await readFile(join(miniFolder, name), 'base64')] satisfies [string, string],
    ),
  )

test('what is no gpt-oss is refused before anything is kept', async ({ models, page }) => {
  const llama = JSON.stringify({ model_type: 'llama', num_hidden_layers: 32 })
  const mirror = await startMirror({ 'config.json': llama })
  await models.withoutBundledModel()
  await models.open()
  await models.add(mirror.address('llama'))
  // A server that nobody has named yet takes a yes; the page opens anew, and goes on with what was typed.
  await expect(models.alert).toContainText('not allowed this page to reach 127.0.0.1')
  await models.alert.getByRole('button', { name: 'Allow 127.0.0.1' }).click()
  await expect(models.alert).toContainText('does not run this model')
  await expect(models.alert).toContainText('llama')
  await models.add('what is this')
  await expect(models.alert).toContainText('no address')
  await expect(models.cards).toHaveCount(3)
  await page.reload()
  await expect(models.cards).toHaveCount(3)
  expect(mirror.weightRequests).toEqual([])
  mirror.close()
})

test('two models download while a third one chats', async ({ chat, models, mirror, page }) => {
  const names = ['one', 'two'].map((folder) => mirror.address(folder).replace('http://', ''))
  await models.open()
  mirror.hold(lastShard)
  for (const folder of ['one', 'two']) await models.add(mirror.address(folder))
  for (const name of names) await models.press('Download', name)
  for (const name of names) await expect(models.card(name)).toContainText('Downloading')

  await page.getByRole('navigation', { name: 'Pages' }).getByText('Chat').click()
  await chat.ask('What is the capital of France?')
  await chat.answered()
  await expect(chat.answer).toContainText('Paris')
  const indicator = page.getByRole('link', { name: /^Downloading .*one, .*two: \d+ %/ })
  await expect(indicator).toBeVisible()
  await indicator.click()
  mirror.release()
  for (const name of names) await expect(models.card(name)).toContainText('On this device')
  await expect(indicator).toBeHidden()
})

test.describe('a lost network, then a busy server', () => {
  test.use({ expectedErrors: [/Failed to load resource/] })

  test('are waited for, and say so', async ({ models, mirror, page }) => {
    const name = mirror.address('mine').replace('http://', '')
    await models.withoutBundledModel()
    await models.open()
    await models.add(mirror.address('mine'))
    const card = models.card(name)
    await expect(card).toContainText('Not downloaded')
    mirror.setBusy(true)
    await page.context().setOffline(true)
    await models.press('Download', name)
    await expect(card).toContainText('Check the connection')
    // It goes on by itself.
    await page.context().setOffline(false)
    await expect(card).toContainText(/The server is busy\. Trying again in \d+ s\./)
    mirror.setBusy(false)
    await expect(card).toContainText('On this device')
  })
})

test('the device check tells what the adapter offers, before any model is asked for', async ({
  models,
  page,
}) => {
  await models.withoutBundledModel()
  await models.open()
  await models.deviceCheck.getByRole('button', { name: 'Check this device' }).click()
  await expect(models.deviceCheck.getByRole('heading', { level: 4 })).toContainText(/swiftshader/i)
  await expect(models.deviceCheck).toContainText(/Largest buffer.*[MG]B/)
  // This adapter is the processor, whose memory is not put to the test.
  await expect(models.deviceCheck).toContainText('The processor')
  await expect(models.deviceCheck).toContainText('gpt-oss-120bNot tested')

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await models.deviceCheck.getByRole('button', { name: 'Copy report' }).click()
  const report = await page.evaluate(() => navigator.clipboard.readText())
  expect(report).toMatch(/swiftshader/i)
  expect(report).toContain('gpt-oss-20b: not tested')
})

test('nothing stands in the way of assistive technology', async ({ models, mirror, page }) => {
  await models.open()
  await models.active('gpt-oss-mini')
  await models.add(mirror.address('mine'))
  mirror.hold(lastShard)
  await models.press('Download', mirror.address('mine').replace('http://', ''))
  await models.add('what is this')
  await expect(models.alert).toBeVisible()
  await models.card('gpt-oss-mini').getByText('About gpt-oss-mini').click()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  }
})
