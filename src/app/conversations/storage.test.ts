import { IDBFactory } from 'fake-indexeddb'
import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { AssistantMessage, Conversation, Message } from './conversation'
import { openIndexedDbStorage } from './indexeddb-storage'
import type { LibraryItem } from './library'
import { createMemoryStorage } from './memory-storage'
import type { StorageChange } from './storage'

const conversation = (id: string): Conversation => ({
  id,
  title: `Title of ${id}`,
  createdAt: 1,
  updatedAt: 2,
  pinned: false,
  activeChildId: null,
})
const message = (conversationId: string, id: string, parentId: string | null = null): Message => ({
  role: 'user',
  id,
  conversationId,
  parentId,
  activeChildId: null,
  createdAt: 1,
  content: `content of ${id}`,
})
const persona: LibraryItem = {
  kind: 'persona',
  id: 'p',
  name: 'Tutor',
  createdAt: 1,
  isDefault: true,
  instructions: 'Ask, do not tell.',
  sampling: { temperature: 0.4, stop: ['END'] },
}
const template: LibraryItem = { kind: 'template', id: 't', name: 'Sum', createdAt: 2, text: 'x' }
const answer: AssistantMessage = {
  ...message('a', 'answer', 'm'),
  role: 'assistant',
  stage: 'finished',
  model: 'mini',
  effort: 'high',
  temperature: 0.5,
  reasoning: 'because',
  reasoningMs: 12,
  commentary: '',
  finishReason: 'stop',
  seed: 3,
  repairs: ['a header'],
}

const attachment = { name: 'a.csv', mediaType: 'text/csv', text: 'a,b', tokens: 3 }

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})

describe.each([
  { name: 'IndexedDB', open: openIndexedDbStorage, keeps: true },
  { name: 'memory', open: async () => createMemoryStorage(), keeps: false },
])('conversations in $name', ({ open, keeps }) => {
  it('come back as they were written', async () => {
    const storage = await open()
    await storage.patch('a', conversation('a'))
    await storage.putMessages([message('a', 'm'), answer])
    expect(await storage.keeps()).toBe(keeps)
    expect(await storage.list()).toEqual([conversation('a')])
    expect(await storage.messages('a')).toEqual(expect.arrayContaining([message('a', 'm'), answer]))
    expect(await storage.message('a', 'answer')).toEqual(answer)
  })

  it('keep their messages apart', async () => {
    const storage = await open()
    await storage.putMessages([message('a', '1'), message('ab', '2'), message('b', '3')])
    expect(await storage.messages('a')).toEqual([message('a', '1')])
    expect(await storage.allMessages()).toHaveLength(3)
  })

  it('are patched, so that two writers lose nothing of each other', async () => {
    const storage = await open()
    await storage.patch('a', conversation('a'))
    await Promise.all([storage.patch('a', { title: 'New' }), storage.patch('a', { pinned: true })])
    expect(await storage.list()).toEqual([{ ...conversation('a'), title: 'New', pinned: true }])
  })

  it('do not come back by a patch that is late', async () => {
    const storage = await open()
    await storage.patch('a', conversation('a'))
    await storage.remove(['a'])
    await storage.patch('a', { title: 'late' })
    expect(await storage.list()).toEqual([])
  })

  it('go with their messages and drafts, and with nothing else', async () => {
    const storage = await open()
    for (const id of ['a', 'b']) {
      await storage.patch(id, conversation(id))
      await storage.putMessages([message(id, `${id}1`)])
      await storage.putDraft(id, 'half a')
      await storage.putDraftAttachments(id, [attachment])
    }
    await storage.remove(['a'])
    expect(await storage.list()).toEqual([conversation('b')])
    expect(await storage.allMessages()).toEqual([message('b', 'b1')])
    expect([...(await storage.drafts()).keys()]).toEqual(['b'])
    expect([...(await storage.draftAttachments()).keys()]).toEqual(['b'])
  })

  it('keep drafts until they are blank', async () => {
    const storage = await open()
    await storage.putDraft('new', 'Dear')
    expect(await storage.drafts()).toEqual(new Map([['new', 'Dear']]))
    await storage.putDraft('new', ' ')
    expect(await storage.drafts()).toEqual(new Map())
  })

  it('take settings, and lose them again', async () => {
    const storage = await open()
    await storage.patch('a', conversation('a'))
    const settings = { instructions: 'Be brief.', sampling: { top_k: 3 }, personaId: 'p' }
    await storage.patch('a', settings)
    expect(await storage.list()).toEqual([{ ...conversation('a'), ...settings }])
    await storage.patch('a', { instructions: undefined, sampling: undefined, personaId: undefined })
    expect(await storage.list()).toEqual([conversation('a')])
  })

  it('have personas and templates beside them', async () => {
    const storage = await open()
    await storage.putLibrary([persona, template])
    await storage.putLibrary([{ ...template, text: 'changed' }])
    await storage.removeFromLibrary('p')
    expect(await storage.library()).toEqual([{ ...template, text: 'changed' }])
  })

  it('keep the files of drafts apart from their texts', async () => {
    const storage = await open()
    await storage.putDraft('a', 'What is this?')
    await storage.putDraftAttachments('a', [attachment])
    expect(await storage.drafts()).toEqual(new Map([['a', 'What is this?']]))
    expect(await storage.draftAttachments()).toEqual(new Map([['a', [attachment]]]))
    await storage.putDraft('a', '')
    expect(await storage.draftAttachments()).toEqual(new Map([['a', [attachment]]]))
    await storage.putDraftAttachments('a', [])
    expect(await storage.draftAttachments()).toEqual(new Map())
  })

  it('lose a failed answer’s error, and keep that it was not finished', async () => {
    const storage = await open()
    await storage.putMessages([{ ...answer, error: { code: 'model-not-loaded' } }])
    expect(await storage.messages('a')).toEqual([{ ...answer, stage: 'interrupted' }])
  })

  it('are added without touching what is there', async () => {
    const storage = await open()
    await storage.patch('a', conversation('a'))
    await storage.putMessages([message('a', '1')])
    const changed = { ...message('a', '1'), content: 'other' } as Message
    await storage.putLibrary([persona])
    const added = await storage.add({
      conversations: [{ ...conversation('a'), title: 'other' }, conversation('b')],
      messages: [changed, message('b', '2')],
      library: [{ ...persona, name: 'other' }, template],
    })
    expect(added).toEqual({ conversations: 1, messages: 1, library: 1 })
    expect(await storage.library()).toEqual([persona, template])
    expect(await storage.list()).toEqual([conversation('a'), conversation('b')])
    expect(await storage.messages('a')).toEqual([message('a', '1')])
  })

  it('are added again where they were deleted', async () => {
    const storage = await open()
    await storage.patch('a', { ...conversation('a'), deletedAt: 5 })
    const content = { conversations: [conversation('a')], messages: [], library: [] }
    expect((await storage.add(content)).conversations).toBe(1)
    expect(await storage.list()).toEqual([conversation('a')])
  })
})

describe('IndexedDB', () => {
  it('tolerates records of other versions: unknown fields, and what it cannot read', async () => {
    const storage = await openIndexedDbStorage()
    await storage.patch('a', conversation('a'))
    const db = await openDB('alcove-chats')
    await db.put('conversations', { ...conversation('b'), mood: 'new field' })
    await db.put('conversations', { id: 'c', layout: 'of the future' })
    await db.put('messages', { ...answer, effort: 'extreme', usage: { tokens: 'many' } })

    expect(await storage.list()).toEqual([conversation('a'), conversation('b')])
    expect(await storage.messages('a')).toEqual([{ ...answer, effort: 'medium' }])
    await storage.patch('b', { title: 'kept' })
    expect(await db.get('conversations', 'b')).toMatchObject({ mood: 'new field', title: 'kept' })
    db.close()
  })

  it('keeps what version 1 of the database holds', async () => {
    const old = await openDB('alcove-chats', 1, {
      upgrade(db) {
        db.createObjectStore('conversations', { keyPath: 'id' })
        db.createObjectStore('messages', { keyPath: ['conversationId', 'id'] })
        db.createObjectStore('drafts')
        db.createObjectStore('facts')
      },
    })
    await old.put('conversations', conversation('a'))
    await old.put('messages', message('a', '1'))
    await old.put('drafts', 'Dear', 'new')
    await old.put('facts', 7, 'lastBackupAt')
    old.close()

    const storage = await openIndexedDbStorage()
    expect(await storage.list()).toEqual([conversation('a')])
    expect(await storage.allMessages()).toEqual([message('a', '1')])
    expect(await storage.drafts()).toEqual(new Map([['new', 'Dear']]))
    expect(await storage.lastBackupAt()).toBe(7)
    await storage.putLibrary([persona])
    expect(await storage.library()).toEqual([persona])
  })

  it('tells other tabs what it changes', async () => {
    const [here, there] = [await openIndexedDbStorage(), await openIndexedDbStorage()]
    const heard: StorageChange[] = []
    there.subscribe((change) => heard.push(change))
    await here.patch('a', conversation('a'))
    await here.putMessages([message('a', '1'), message('a', '2')])
    await vi.waitFor(() =>
      expect(heard).toEqual([
        { kind: 'list' },
        { kind: 'messages', conversationId: 'a', messageIds: ['1', '2'] },
      ]),
    )
  })
})
