import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import AxeBuilder from '@axe-core/playwright'
import type { BrowserContext, Page } from '@playwright/test'
import { writeBackup } from '../src/app/conversations/backup'
import { sharePrefix } from '../src/app/route'
import { encodeShare } from '../src/app/share/codec'
import type { SharedMessage } from '../src/app/share/share'
import payloads from './hostile-payloads.json' with { type: 'json' }
import { expect, test } from './page'
import { recordsOf, seedChats } from './seed'

// The browser tells the console of whatever it blocks.
test.use({ expectedErrors: [/./] })

/** Somebody else's machine, which notices whatever is sent to it, by TCP or UDP. */
async function startStranger() {
  let contacts = 0
  const tcp = createServer((socket) => {
    // A frame that the policy forbids may have Chromium open a connection; nothing goes through it.
    socket.on('error', () => {})
    socket.once('data', () => {
      contacts++
      socket.destroy()
    })
  })
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
  const { port } = tcp.address() as { port: number }
  const udp = createSocket('udp4', () => contacts++)
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve))
  return {
    port,
    address: `http://127.0.0.1:${port}`,
    contacts: () => contacts,
    close() {
      tcp.close()
      udp.close()
    },
  }
}

/** What went over the network, of pages, workers and service workers, as two observers see it. */
async function recordNetwork(context: BrowserContext, page: Page) {
  const addresses: string[] = []
  await context.route('**', async (route) => {
    addresses.push(route.request().url())
    await route.continue()
  })
  const cdp = await context.newCDPSession(page)
  await cdp.send('Network.enable')
  cdp.on('Network.responseReceived', ({ response }) => {
    const isKept = response.fromServiceWorker || response.fromDiskCache
    if (!isKept && /^(http|ws)/.test(response.url)) addresses.push(response.url)
  })
  cdp.on('Network.webSocketCreated', ({ url }) => addresses.push(url))
  return addresses
}

/** By itself the browser looks for a newer service worker now and then. */
const isAskedByPage = (address: string) => !address.endsWith('/sw.js')

/** Resolves when the service worker has kept all it keeps, and answers this page. */
const controlled = (page: Page) =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready
    while (!navigator.serviceWorker.controller)
      await new Promise((resolve) =>
        navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
      )
  })

/** Ways out of the page, and how the ledger calls each attempt. */
const attempts: Record<string, { go: (address: string) => unknown; ledger: string | RegExp }> = {
  fetch: { go: (address) => void fetch(`${address}/fetch`).catch(() => {}), ledger: '/fetch' },
  'own server': { go: () => void fetch('./?secret').catch(() => {}), ledger: '/?secret' },
  websocket: {
    go: (address) => void new WebSocket(`${address.replace('http', 'ws')}/socket`),
    ledger: '/socket',
  },
  events: { go: (address) => void new EventSource(`${address}/events`), ledger: '/events' },
  beacon: { go: (address) => navigator.sendBeacon(`${address}/beacon`, 'q'), ledger: '/beacon' },
  image: {
    go(address) {
      new Image().src = `${address}/image`
    },
    ledger: '/image',
  },
  style: {
    go(address) {
      document.body.style.backgroundImage = `url(${address}/style)`
    },
    ledger: '/style',
  },
  font: {
    go: (address) => void new FontFace('x', `url(${address}/font)`).load().catch(() => {}),
    ledger: 'font-src',
  },
  form: {
    go(address) {
      const form = document.createElement('form')
      form.action = `${address}/form`
      form.target = '_blank'
      document.body.append(form)
      form.submit()
    },
    ledger: '/form',
  },
  prefetch: {
    go(address) {
      const link = document.createElement('link')
      link.rel = 'prefetch'
      link.href = `${address}/prefetch`
      document.head.append(link)
    },
    ledger: '/prefetch',
  },
  frame: {
    go(address) {
      const frame = document.createElement('iframe')
      frame.src = 'about:blank#'
      document.body.append(frame)
      frame.src = address
      setTimeout(() => frame.remove(), 1000)
    },
    ledger: 'frame-src',
  },
  module: {
    go: (address) => void import(`${address}/module.js`).catch(() => {}),
    ledger: '/module.js',
  },
  'own module': {
    go: () => void import(`${location.origin}/own-module.js?secret`).catch(() => {}),
    ledger: '/own-module.js?secret',
  },
  worker: {
    go() {
      try {
        new Worker('data:text/javascript,1')
      } catch {}
    },
    ledger: 'trusted-types-sink',
  },
  markup: {
    go(address) {
      try {
        document.body.insertAdjacentHTML('beforeend', `<img src=${address}/markup>`)
      } catch {}
    },
    ledger: 'trusted-types-sink',
  },
  webrtc: {
    go(address) {
      try {
        new RTCPeerConnection({ iceServers: [{ urls: address.replace('http://', 'stun:') }] })
      } catch {}
    },
    ledger: 'webrtc',
  },
  window: { go: (address) => void window.open(`${address}/window`), ledger: '/window' },
  'own navigation': {
    go: () => location.assign('./own-navigation?secret'),
    ledger: '/own-navigation?secret',
  },
  navigation: { go: (address) => location.assign(`${address}/navigation`), ledger: '/navigation' },
}

test.describe('with a service worker', () => {
  test.use({ serviceWorkers: 'allow' })

  test('a visit asks its own server alone, a chat asks nobody, and a sealed page cannot ask', async ({
    chat,
    page,
    context,
    baseURL,
  }) => {
    const stranger = await startStranger()
    const network = await recordNetwork(context, page)
    await chat.open()
    await chat.ready()
    await controlled(page)
    expect(network.filter((address) => !address.startsWith(String(baseURL)))).toEqual([])

    network.length = 0
    await chat.ask('What is 437 + 58?')
    await chat.answered()
    expect(network.filter(isAskedByPage), 'requests of a chat').toEqual([])

    // What the model wrote is hostile, and the page is sealed.
    const hostile = payloads.map(({ text }) => ({ question: 'Go on', answer: text }))
    await seedChats(page, [hostile])
    const header = page.getByRole('banner')
    await page.getByRole('button', { name: 'Settings', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Network', exact: true }).click()
    const ledger = page.getByRole('dialog', { name: 'Network' })
    await expect(ledger).toContainText('None went to another server')
    await expect(ledger.getByRole('definition').first()).toHaveText(/^[\da-f]{64}$/)
    await expect(ledger.getByRole('definition').last()).toHaveText(/^[\da-f]{64}$/)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.screenshot({ path: `test-results/looks/network-1280-${colorScheme}.png` })
    }
    await ledger.getByRole('button', { name: 'Seal this page' }).click()
    await expect(header.getByRole('button', { name: 'Sealed' })).toBeVisible()

    network.length = 0
    await chat.ready()
    await chat.chats.getByRole('link', { name: 'Go on' }).click()
    await expect(chat.answers).toHaveCount(payloads.length)
    await expect(chat.answers.getByRole('link')).toHaveCount(0)
    for (const { go } of Object.values(attempts)) await page.evaluate(go, stranger.address)
    await page.evaluate((address) => {
      const link = document.createElement('a')
      link.href = `${address}/link`
      link.target = '_blank'
      document.body.append(link)
      link.click()
    }, stranger.address)

    await header.getByRole('button', { name: 'Sealed' }).click()
    const blocked = ledger.getByRole('listitem').filter({ hasText: 'Blocked' })
    for (const [name, { ledger }] of Object.entries(attempts))
      await expect(blocked.filter({ hasText: ledger }).first(), name).toBeVisible()
    await expect(blocked.filter({ hasText: '/link' })).toBeVisible()
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: `test-results/looks/sealed-${width}-dark.png` })
    }

    const downloading = page.waitForEvent('download')
    await ledger.getByRole('button', { name: 'Export as JSON' }).click()
    const exported = JSON.parse(await readFile(await (await downloading).path(), 'utf8'))
    expect(exported).toMatchObject({ isSealed: true, connectSources: ["'none'"] })
    expect(exported.files.map(({ path }: { path: string }) => path)).toContain('index.html')
    expect(exported.weights).toMatch(/^[\da-f]{64}$/)
    await ledger.getByRole('button', { name: 'Close' }).click()

    await chat.newChat.click()
    await chat.ask('What is the capital of France?')
    await chat.answered()
    await expect(chat.answer).toContainText('Paris')
    expect(network.filter(isAskedByPage), 'requests of a sealed page').toEqual([])
    expect(stranger.contacts(), 'contacts with a stranger').toBe(0)
    expect(context.pages()).toHaveLength(1)

    // Sealed is sealed, whatever the address says, until somebody unseals it.
    await page.goto('./')
    await header.getByRole('button', { name: 'Sealed' }).click()
    await ledger.getByRole('button', { name: 'Unseal' }).click()
    await expect(header.getByRole('button', { name: 'Sealed' })).toHaveCount(0)
    stranger.close()
  })
})

/** Messages have no element that fetches or runs, and links that lead to a new window alone. */
const expectNothingForeign = (page: Page) =>
  page.evaluate(() => {
    for (const link of document.querySelectorAll('main a')) {
      const { protocol, origin, rel, target } = link as HTMLAnchorElement
      const isOutside = target === '_blank' && rel.includes('noopener')
      if (origin !== location.origin && !(isOutside && /^(https?|mailto):$/.test(protocol)))
        throw new Error(link.outerHTML)
    }
    const fetching = 'script, img, iframe, object, embed, video, audio, link, style, base, meta'
    const found = document.querySelector(`main :is(${fetching}), nav :is(${fetching})`)
    if (found) throw new Error(found.outerHTML)
  })

test('hostile titles, questions, answers and links run nothing and ask for nothing', async ({
  chat,
  page,
  context,
  baseURL,
}) => {
  const strangers: string[] = []
  context.on('request', (request) => {
    const address = request.url()
    if (/^(http|ws)/.test(address) && !address.startsWith(String(baseURL))) strangers.push(address)
  })
  const ran: string[] = []
  page.on('dialog', async (dialog) => {
    ran.push(dialog.message())
    await dialog.dismiss()
  })
  // As many as the list of chats has, and one with all of them.
  const turns = payloads.map(({ text }) => ({ question: text, reasoning: text, answer: text }))
  const everything = [{ question: 'Everything', answer: 'Here it comes.' }, ...turns]
  const records = recordsOf([...turns.map((turn) => [turn]), everything])
  const backup = writeBackup({ ...records, library: [] }, new Date())

  await chat.withoutEngine()
  await chat.open()
  await page.getByLabel('Backup file').setInputFiles({
    name: '<img src=x onerror=alert(1)>.json',
    mimeType: 'application/json',
    buffer: Buffer.from(backup),
  })
  await chat.chats.getByRole('link', { name: 'Everything' }).click()
  await expect(chat.answers).toHaveCount(turns.length + 1)
  await expect(chat.chats.getByRole('listitem')).toHaveCount(turns.length + 1)
  for (const reasoning of await chat.answers.getByRole('group', { name: 'Reasoning' }).all())
    await reasoning.evaluate((details: HTMLDetailsElement) => {
      details.open = true
    })
  await expectNothingForeign(page)

  // What would overrun the stack of whoever reads it to the end.
  const tooDeep = '>'.repeat(20_000)
  const shared = await encodeShare({
    title: '<img src=x onerror=alert(1)>',
    messages: [...payloads, { text: tooDeep }].flatMap(({ text }): SharedMessage[] => [
      { role: 'user', content: text },
      {
        role: 'assistant',
        model: 'gpt-oss-mini',
        effort: 'medium',
        temperature: 1,
        reasoning: text,
        content: text,
        noReplay: 'edited',
      },
    ]),
  })
  await page.goto(`./${sharePrefix}${shared}`)
  await expect(page.getByRole('heading', { level: 2 })).toHaveText('<img src=x onerror=alert(1)>')
  await expect(page.getByText('shadowrootmode').first()).toBeAttached()
  await expect(page.getByText('>'.repeat(1000)).last()).toBeAttached()
  await expectNothingForeign(page)
  expect(ran, 'scripts that ran').toEqual([])
  expect(strangers, 'requests to others').toEqual([])
})
