import { expect, it } from 'vitest'
import { createShellStore } from './shell-store'
import { adopt, noteLoad, type Shells } from './shells'

/** What of a cache the store uses. */
function fakeCache() {
  const kept = new Map<string, string>()
  const cache = {
    match: async (address: string) => {
      const text = kept.get(address)
      return text === undefined ? undefined : new Response(text)
    },
    put: async (address: string, response: Response) => {
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
