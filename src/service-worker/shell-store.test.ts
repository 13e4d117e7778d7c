import { expect, it } from 'vitest'
import { createShellStore } from './shell-store'
import { adopt, noteLoad, type Shells } from './shells'

/** What of a cache the store uses; `broken` fails as a disk does. */
function fakeCache(broken: { match?: boolean; put?: boolean } = {}) {
  const kept = new Map<string, string>()
  const cache = {
    match: async (address: string) => {
      if (broken.match) throw new DOMException('unreadable', 'UnknownError')
      const text = kept.get(address)
      return text === undefined ? undefined : new Response(text)
    },
    put: async (address: string, response: Response) => {
      if (broken.put) throw new DOMException('full', 'QuotaExceededError')
      kept.set(address, await response.text())
    },
  }
  return async () => cache as unknown as Cache
}

const shell = { version: 'v1', files: { '/index.html': '/index.html?1' } }
const newer = { version: 'v2', files: { '/index.html': '/index.html?2' } }

it('is read by the next worker as this one left it', async () => {
  const openCache = fakeCache()
  const store = createShellStore(openCache, '/shells.json')
  expect(await store.read()).toBeUndefined()
  await store.update((shells) => adopt(shells, shell))
  const after = await store.update((shells) => adopt(shells, newer))
  expect(await createShellStore(openCache, '/shells.json').read()).toEqual(after)
})

it('makes changes that come at once one after the other', async () => {
  const openCache = fakeCache()
  const store = createShellStore(openCache, '/shells.json')
  await store.update((shells) => adopt(adopt(shells, shell), newer))
  const load = (shells: Shells | undefined) => shells && noteLoad(shells, 1000)
  await Promise.all([store.update(load), store.update(load), store.update(load)])
  const stored = await createShellStore(openCache, '/shells.json').read()
  expect(stored?.trial).toEqual({ state: 'running', loads: 3, firstLoadMs: 1000 })
})

it('goes on with what cannot be written, and writes it as soon as it can', async () => {
  const broken = { put: false }
  const openCache = fakeCache(broken)
  const store = createShellStore(openCache, '/shells.json')
  const before = await store.update((shells) => adopt(shells, shell))
  expect(await store.isWritten()).toBe(true)

  broken.put = true
  const after = await store.update((shells) => adopt(shells, newer))
  expect(after?.latest).toEqual(newer)
  expect(await store.read()).toBe(after)
  expect(await store.isWritten()).toBe(false)
  expect(await createShellStore(openCache, '/shells.json').read()).toEqual(before)

  broken.put = false
  expect(await store.update((shells) => shells)).toBe(after)
  expect(await store.isWritten()).toBe(true)
  expect(await createShellStore(openCache, '/shells.json').read()).toEqual(after)
})

it('reads again what could not be read, and writes nothing over it', async () => {
  const broken = { match: false }
  const openCache = fakeCache(broken)
  const before = await createShellStore(openCache, '/shells.json').update((shells) =>
    adopt(shells, shell),
  )
  const store = createShellStore(openCache, '/shells.json')
  broken.match = true
  await expect(store.read()).rejects.toThrow('unreadable')
  await expect(store.update((shells) => adopt(shells, newer))).rejects.toThrow('unreadable')
  broken.match = false
  expect(await store.read()).toEqual(before)
})
