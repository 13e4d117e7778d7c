import { describe, expect, it, vi } from 'vitest'
import type { Conversation, Message } from './conversation'
import { createJournaledStorage } from './journaled-storage'
import { createMemoryStorage } from './memory-storage'
import type { ConversationStorage, StorageChange } from './storage'

const conversation: Conversation = {
  id: 'a',
  title: 'A',
  createdAt: 1,
  updatedAt: 2,
  pinned: false,
  activeChildId: null,
  instructions: 'Be brief.',
}
const message: Message = {
  role: 'user',
  id: 'm',
  conversationId: 'a',
  parentId: null,
  activeChildId: null,
  createdAt: 1,
  content: 'hi',
}

/** What localStorage is to the journal: keys that are properties, and room for so many letters. */
function createJournal(room = Number.POSITIVE_INFINITY): Storage {
  const methods = {
    getItem: (key: string) => journal[key] ?? null,
    setItem(key: string, value: string) {
      if (value.length > room) throw new DOMException('no room left', 'QuotaExceededError')
      journal[key] = value
    },
    removeItem(key: string) {
      delete journal[key]
    },
  }
  const journal: Record<string, string> & Storage = Object.create(methods)
  return journal
}

/** A storage that keeps what is written, and can be made to leave its writes unfinished. */
function createDisk() {
  const memory = createMemoryStorage()
  const disk: ConversationStorage = { ...memory, keeps: async () => true }
  /** The same disk to a page that goes away before any write of it is done. */
  const leaving = new Proxy(disk, {
    get: (target, name: keyof ConversationStorage) =>
      name === 'keeps' ? target.keeps : () => new Promise(() => {}),
  })
  return { disk, leaving }
}

const opened = (storage: ConversationStorage, journal: Storage) =>
  createJournaledStorage(Promise.resolve(storage), () => journal)

describe('a write that the page did not live to see done', () => {
  it('is done by the next start, before anything is read', async () => {
    const { disk, leaving } = createDisk()
    const journal = createJournal()
    const page = opened(leaving, journal)
    void page.patch('a', conversation)
    void page.patch('a', { title: 'B', instructions: undefined })
    void page.putMessages([message])
    void page.putDraft('new', 'some')
    void page.putDraft('new', 'some text')
    page.keepUnwritten()

    const next = opened(disk, journal)
    expect(await next.drafts()).toEqual(new Map([['new', 'some text']]))
    expect(await next.list()).toEqual([{ ...conversation, title: 'B', instructions: undefined }])
    expect(await next.messages('a')).toEqual([message])
    expect(Object.keys(journal)).toEqual([])
  })

  it('is noted even where the storage was not open yet', async () => {
    const { disk } = createDisk()
    const journal = createJournal()
    const page = createJournaledStorage(new Promise(() => {}), () => journal)
    void page.putDraft('new', 'typed at once')
    page.keepUnwritten()
    expect((await opened(disk, journal).drafts()).get('new')).toBe('typed at once')
  })

  it('is done by another tab at once, so that it is not done after what is newer', async () => {
    const { disk, leaving } = createDisk()
    const journal = createJournal()
    const other = opened(disk, journal)
    await other.list()
    const page = opened(leaving, journal)
    void page.putDraft('new', 'old')
    page.keepUnwritten()
    void page.putMessages([message])
    page.keepUnwritten()
    const heard: StorageChange[] = []
    other.subscribe((change) => heard.push(change))
    for (const key of Object.keys(journal)) other.takeOver(key)
    other.takeOver('alcove-settings')
    await vi.waitFor(() => expect(Object.keys(journal)).toEqual([]))
    expect((await disk.drafts()).get('new')).toBe('old')
    expect(await disk.messages('a')).toEqual([message])
    expect(heard).toEqual([
      { kind: 'draft', key: 'new', text: 'old' },
      { kind: 'messages', conversationId: 'a', messageIds: ['m'] },
    ])
  })

  it('stays noted where this visit cannot keep it', async () => {
    const { disk, leaving } = createDisk()
    const journal = createJournal()
    const page = opened(leaving, journal)
    void page.putDraft('new', 'text')
    page.keepUnwritten()

    const full = { ...disk, putDraft: async () => Promise.reject(new Error('full')) }
    for (const unable of [createMemoryStorage(), full])
      expect(await opened(unable, journal).drafts()).toEqual(new Map())
    expect((await opened(disk, journal).drafts()).get('new')).toBe('text')
  })
})

describe('a page that lives on', () => {
  it('forgets what it has noted once that is written', async () => {
    const { disk } = createDisk()
    const journal = createJournal()
    const page = opened(disk, journal)
    const written = page.putDraft('new', 'text')
    page.keepUnwritten()
    page.keepUnwritten()
    expect(Object.keys(journal)).toHaveLength(1)
    await written
    expect(Object.keys(journal)).toEqual([])
    page.keepUnwritten()
    expect(Object.keys(journal)).toEqual([])
  })
})

describe('a journal', () => {
  it('that a write is too large for has room for the others', async () => {
    const { disk, leaving } = createDisk()
    const journal = createJournal(200)
    const page = opened(leaving, journal)
    void page.putDraft('a', 'x'.repeat(1000))
    void page.putDraft('b', 'short')
    page.keepUnwritten()
    expect(await opened(disk, journal).drafts()).toEqual(new Map([['b', 'short']]))
  })

  it('that the browser refuses keeps nobody from writing', async () => {
    const { disk } = createDisk()
    const page = createJournaledStorage(Promise.resolve(disk), () => {
      throw new DOMException('blocked', 'SecurityError')
    })
    const written = page.putDraft('new', 'text')
    page.keepUnwritten()
    await written
    expect((await page.drafts()).get('new')).toBe('text')
  })

  it.each(['', '{', 'null', '{"method":"drafts","args":[]}', '{"method":"patch","args":"a"}'])(
    'whose note is %j does nothing',
    async (note) => {
      const { disk } = createDisk()
      const journal = createJournal()
      journal.setItem('alcove-unwritten/1/000000/page', note)
      const page = opened(disk, journal)
      await page.putDraft('new', 'text')
      expect(await page.list()).toEqual([])
      expect(Object.keys(journal)).toEqual([])
    },
  )
})
