/**
 * The service worker: keeps the page itself, with its fonts and the bundled model, so that it opens
 * without a network. Other models are in IndexedDB; requests for them pass it by.
 *
 * Two versions of the page are kept, see shells.ts: a new one takes over when a person says so, or
 * once every page of the old one is closed, and the old one comes back where the new one does not
 * start.
 */

import type { RouteHandlerCallbackOptions } from 'workbox-core/types'
import { PrecacheController, type PrecacheEntry } from 'workbox-precaching'
import { createPartialResponse } from 'workbox-range-requests'
import { registerRoute } from 'workbox-routing'
import { type NetworkRecord, serviceWorkerChannel, watchRequests } from '../network/records'
import { isSealedAddress } from '../network/sealed'
import type { KeptFile, PageMessage, WorkerAnswer } from './messages'
import { keepShared, sharedItems } from './shared-items'
import { createShellStore } from './shell-store'
import {
  adopt,
  dropRetired,
  keptKeys,
  keyOf,
  noteFailure,
  noteLoad,
  noteStart,
  type Shell,
  type Shells,
  shownShell,
  tryAgain,
} from './shells'

declare const self: ServiceWorkerGlobalScope & {
  /** Every file of the page, put in place of this name by the build. */
  __WB_MANIFEST: PrecacheEntry[]
}

const { scope } = self.registration
// One origin may serve several copies of the app, each below its own path.
const cacheName = `alcove-shell ${scope}`
const openCache = () => caches.open(cacheName)
const store = createShellStore(openCache, `${scope}.shells.json`)

const manifest = self.__WB_MANIFEST
const precache = new PrecacheController({ cacheName })
precache.addToCacheList(manifest)
const files: Shell['files'] = Object.fromEntries(precache.getURLsToCacheKeys())

self.addEventListener('install', (event) => {
  event.waitUntil(precache.install(event))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(activate())
})

async function activate() {
  const latest: Shell = {
    version: await sha256(new TextEncoder().encode(JSON.stringify(manifest))),
    files,
  }
  const isFirst = (await store.read()) === undefined
  await store.update((shells) => adopt(shells, latest))
  await tidy()
  // The page that brought this worker is of the same version: from now on it is answered from here.
  if (isFirst) await self.clients.claim()
  // What versions before this one used.
  await caches.delete(`workbox-precache-v2-${scope}`)
}

/** Whether a newer version is being brought, or waits: its files are here, and in no list yet. */
const isUpdating = () => Boolean(self.registration.installing || self.registration.waiting)

/**
 * Deletes the files of no kept shell, and what open pages of old ones could want once there are none.
 * Not while a newer version is on its way, which may come at any time, nor what the next worker would
 * look for because the list could not be written.
 */
async function tidy() {
  if (isUpdating()) return
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const shells = await store.update((shells) =>
    shells && pages.length <= 1 ? dropRetired(shells) : shells,
  )
  if (!shells || !(await store.isWritten())) return
  const kept = keptKeys(shells)
  const cache = await openCache()
  for (const { url } of await cache.keys()) {
    if (isUpdating()) return
    if (!kept.has(url) && url !== `${scope}.shells.json`) await cache.delete(url)
  }
}

// Every page has a list of what was asked for in its name, and that is to be had nowhere else.
const ledger = new BroadcastChannel(serviceWorkerChannel(scope))
const tell = (record: NetworkRecord) => ledger.postMessage(record)
watchRequests('service worker', tell)

/**
 * Whether a sealed page, or its worker, asks. Their policy lets no request out to other origins; what
 * they ask of this one comes by here, and goes no further.
 */
async function isSealed({ clientId }: FetchEvent): Promise<boolean> {
  const client = clientId === '' ? undefined : await self.clients.get(clientId)
  return client !== undefined && isSealedAddress(client.url)
}

/** Asks the network, if the one who asks may. */
async function askNetwork(event: FetchEvent): Promise<Response> {
  const { request } = event
  const isRefused = isSealedAddress(request.url) || (await isSealed(event))
  if (!isRefused) return fetch(request)
  const kind = request.destination || 'fetch'
  tell({ at: Date.now(), by: 'service worker', kind, url: request.url, outcome: 'blocked' })
  return Response.error()
}

// Character maps of PDFs are many, and one document names few: each comes when it is named, and stays.
registerRoute(/\/assets\/.*\.bcmap$/, async ({ event, request }) => {
  const cache = await caches.open(`alcove-character-maps ${scope}`)
  const kept = await cache.match(request)
  if (kept) return kept
  const response = await askNetwork(event as FetchEvent)
  // On a full disk it comes anew each time.
  if (response.ok) await cache.put(request, response.clone()).catch(() => {})
  return response
})

registerRoute(({ request, url }) => request.mode === 'navigate' && isPage(url), answerPage)

registerRoute(
  ({ url }) => addressOf(url) in files || url.href.startsWith(`${scope}assets/`),
  async ({ event, request, url }) =>
    (await cached(request, addressOf(url))) ?? askNetwork(event as FetchEvent),
)

registerRoute(
  ({ sameOrigin }) => sameOrigin,
  async ({ event }) => askNetwork(event as FetchEvent),
)

// What other apps share comes as a form. The page that opens next takes it.
registerRoute(
  ({ url }) => isPage(url) && url.searchParams.has('shared'),
  async ({ request }) => {
    try {
      await keepShared(sharedItems(await request.formData()))
    } catch {
      // A full disk takes nothing. The app opens all the same, as who shared expects.
      return Response.redirect(scope, 303)
    }
    return Response.redirect(`${scope}?shared`, 303)
  },
  'POST',
)

/** Whether an address is the page's: every route of it is after the `#`. */
function isPage(url: URL): boolean {
  return [scope, `${scope}index.html`].includes(addressOf(url))
}

/** An address as the shells know it. */
const addressOf = ({ origin, pathname }: URL) => origin + pathname

async function answerPage({ event, request }: RouteHandlerCallbackOptions): Promise<Response> {
  // In a frame the app does not start (public/policy.js). A list that cannot be read is no reason to
  // show no page.
  if (request.destination === 'document')
    await store.update((shells) => shells && noteLoad(shells, Date.now())).catch(() => {})
  return (await cached(request, `${scope}index.html`)) ?? askNetwork(event as FetchEvent)
}

/**
 * The kept file of an address, or the part of it that is asked for; undefined where there is none, or
 * none that can be read.
 */
async function cached(request: Request, address: string): Promise<Response | undefined> {
  try {
    return await keptFile(request, address)
  } catch {
    return undefined
  }
}

async function keptFile(request: Request, address: string): Promise<Response | undefined> {
  const shells = await store.read()
  const key = shells && keyOf(shells, address)
  const response = key && (await (await openCache()).match(key))
  if (!response) return undefined
  return request.headers.has('range') ? createPartialResponse(request, response) : response
}

self.addEventListener('message', (event) => {
  const [port] = event.ports
  const message = event.data as PageMessage
  if (message.type === 'list-files')
    return event.waitUntil(listFiles().then((files) => port?.postMessage(files)))
  event.waitUntil(
    answerMessage(message).then((shells) => {
      if (shells) port?.postMessage(stateOf(shells))
    }),
  )
})

/** Every file of the version that answers now, hashed as it is kept. */
async function listFiles(): Promise<KeptFile[]> {
  const shells = await store.read()
  const cache = await openCache()
  const files = Object.entries(shells ? shownShell(shells).files : {})
  const listed = files.map(async ([address, key]) => {
    const bytes = await (await cache.match(key))?.arrayBuffer()
    return { path: address.slice(scope.length), sha256: bytes ? await sha256(bytes) : 'missing' }
  })
  return (await Promise.all(listed)).sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** @returns undefined where there is nothing to answer */
async function answerMessage(
  message: Exclude<PageMessage, { type: 'list-files' }>,
): Promise<Shells | undefined> {
  switch (message.type) {
    case 'started':
      await store.update((shells) => shells && noteStart(shells, message.script))
      await tidy()
      return store.read()
    case 'not-started': {
      const shells = await store.update((shells) => shells && noteFailure(shells, message.script))
      // Loaded again, it would be the same page, for ever.
      return shells && message.script in shownShell(shells).files ? undefined : shells
    }
    case 'try-again':
      return store.update((shells) => shells && tryAgain(shells))
    case 'take-over':
      await self.skipWaiting()
      return undefined
  }
}

function stateOf(shells: Shells): WorkerAnswer {
  const { version } = shownShell(shells)
  return { version, isRolledBack: version !== shells.latest.version }
}

async function sha256(bytes: BufferSource): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', bytes)
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
