import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openIndexedDbStorage } from '../conversations/indexeddb-storage'
import { createConversationsStore } from '../stores/conversations-store'
import { openIndexedDbEndpoints } from './endpoint-storage'
import { createEndpointsStore } from './endpoints-store'

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})

const draft = { name: 'box', baseUrl: 'http://box/v1', key: 'sk-secret', model: 'gpt-oss-120b' }

/** The list as a visit finds it. */
async function visit() {
  const store = createEndpointsStore(openIndexedDbEndpoints())
  await store.getState().start()
  const { getState } = store
  return { getState, first: () => getState().endpoints?.[0] }
}

describe('servers', () => {
  it('are kept in this browser, in order of their names', async () => {
    const { getState } = await visit()
    await getState().save(draft)
    await getState().save({ ...draft, name: 'attic' })
    const later = await visit()
    expect(later.getState().endpoints).toMatchObject([{ name: 'attic' }, draft])
  })

  it('are asked about once, and again for another address', async () => {
    const { getState, first } = await visit()
    await getState().save(draft)
    const id = first()?.id as string
    expect(first()?.isConfirmed).toBe(false)
    await getState().confirm(id)
    await getState().save({ ...draft, model: 'other' }, id)
    expect(first()).toMatchObject({ model: 'other', isConfirmed: true })
    await getState().save({ ...draft, baseUrl: 'http://elsewhere/v1' }, id)
    expect(first()).toMatchObject({ baseUrl: 'http://elsewhere/v1', isConfirmed: false })
  })

  it('are deleted with their keys, and come back whole by undo', async () => {
    const { getState, first } = await visit()
    await getState().save(draft)
    const before = first()
    const undo = await getState().remove(before?.id as string)
    expect((await visit()).getState().endpoints).toEqual([])
    await undo()
    expect((await visit()).first()).toEqual(before)
  })

  it('are in no backup, whatever conversations they answer in', async () => {
    const { getState, first } = await visit()
    await getState().save(draft)
    const endpoint = { id: first()?.id as string, name: 'box' }
    const storage = await openIndexedDbStorage()
    const conversations = createConversationsStore(storage, () => 0)
    const about = { title: 'hi', createdAt: 0, updatedAt: 0, pinned: false, activeChildId: null }
    await storage.patch('c', { id: 'c', ...about, endpoint })

    const backup = await conversations.getState().backUp()
    expect(JSON.parse(backup).conversations).toMatchObject([{ endpoint }])
    expect(backup).not.toContain('sk-secret')
    expect(backup).not.toContain('http://')
  })
})
