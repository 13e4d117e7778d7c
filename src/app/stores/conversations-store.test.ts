import { describe, expect, it, vi } from 'vitest'
import type { Conversation } from '../conversations/conversation'
import type { LibraryItem } from '../conversations/library'
import { createMemoryStorage } from '../conversations/memory-storage'
import type { ConversationStorage, StorageChange } from '../conversations/storage'
import { createConversationsStore } from './conversations-store'

const conversation = (id: string, updatedAt: number): Conversation => ({
  id,
  title: id,
  createdAt: updatedAt,
  updatedAt,
  pinned: false,
  activeChildId: null,
})

/** A list of three, as a visit finds it. */
async function visit(memory: ConversationStorage = createMemoryStorage(), now = () => 0) {
  const store = createConversationsStore(memory, now)
  await store.getState().start()
  return { memory, state: store.getState }
}

async function threeKept() {
  const memory = createMemoryStorage()
  for (const [index, id] of ['old', 'middle', 'new'].entries())
    await memory.patch(id, conversation(id, index))
  return memory
}

const titles = (conversations: readonly Conversation[] | undefined) =>
  conversations?.map(({ title }) => title)

describe('the list of conversations', () => {
  it('is unknown until it is read, then newest first', async () => {
    const memory = await threeKept()
    const store = createConversationsStore(memory, () => 0)
    expect(store.getState().conversations).toBeUndefined()
    await store.getState().start()
    expect(titles(store.getState().conversations)).toEqual(['new', 'middle', 'old'])
  })

  it('keeps a new title, but never a blank one', async () => {
    const { memory, state } = await visit(await threeKept())
    state().rename('old', '  Renamed ')
    state().rename('new', '  ')
    expect(titles(state().conversations)).toEqual(['new', 'middle', 'Renamed'])
    await vi.waitFor(async () => expect(titles(await memory.list())).toContain('Renamed'))
  })

  it('moves what got a message to the top', async () => {
    const { state } = await visit(await threeKept())
    state().change('old', { updatedAt: 9 })
    expect(titles(state().conversations)).toEqual(['old', 'new', 'middle'])
  })

  it('takes in what another tab changes', async () => {
    const memory = await threeKept()
    let tell = (_: StorageChange) => {}
    memory.subscribe = (listener) => {
      tell = listener
    }
    const { state } = await visit(memory)
    await memory.patch('old', { title: 'from there' })
    tell({ kind: 'list' })
    await vi.waitFor(() => expect(titles(state().conversations)).toContain('from there'))
  })

  it('keeps what is changed before it is read', async () => {
    const memory = await threeKept()
    const store = createConversationsStore(memory, () => 0)
    const started = store.getState().start()
    store.getState().change('old', { title: 'Renamed early' })
    store.getState().change('gone', { title: 'Of no conversation' })
    await started
    expect(titles(store.getState().conversations)).toEqual(['new', 'middle', 'Renamed early'])
    expect(titles(await memory.list())).toEqual(['Renamed early', 'middle', 'new'])
  })

  it('takes nothing back that is changed while it is read again', async () => {
    const { memory, state } = await visit(await threeKept())
    const { list } = memory
    vi.spyOn(memory, 'list').mockImplementationOnce(async () => {
      const read = await list()
      state().rename('old', 'Renamed meanwhile')
      state().remove('new')
      return read
    })
    await state().refresh()
    expect(titles(state().conversations)).toEqual(['middle', 'Renamed meanwhile'])
  })
})

describe('a deleted conversation', () => {
  it('comes back whole by undo', async () => {
    const { memory, state } = await visit(await threeKept())
    state().remove('middle')
    expect(titles(state().conversations)).toEqual(['new', 'old'])
    state().restore('middle')
    expect(titles(state().conversations)).toEqual(['new', 'middle', 'old'])
    await vi.waitFor(async () => {
      const kept = (await memory.list()).find(({ id }) => id === 'middle')
      expect(kept?.deletedAt).toBeUndefined()
    })
  })

  it('stays away in the next visit, and is removed for good once nobody can undo it', async () => {
    const { memory, state } = await visit(await threeKept(), () => 1000)
    state().remove('middle')
    await vi.waitFor(async () =>
      expect((await memory.list()).filter(({ deletedAt }) => deletedAt)).toHaveLength(1),
    )
    const next = await visit(memory, () => 2000)
    expect(titles(next.state().conversations)).toEqual(['new', 'old'])
    expect(await memory.list()).toHaveLength(3)

    await visit(memory, () => 100_000)
    expect(await memory.list()).toHaveLength(2)
  })
})

describe('a draft', () => {
  it('is kept for its conversation, and gone once it is sent', async () => {
    const { memory, state } = await visit(await threeKept())
    state().setDraft('old', 'Dear')
    state().setDraft('new', 'Hello')
    state().setDraft('new', '')
    await state().flush()
    expect(await memory.drafts()).toEqual(new Map([['old', 'Dear']]))
    const next = await visit(memory)
    expect(next.state().drafts.get('old')).toBe('Dear')
  })

  it('of a page that has just gone is shown where none is typed', async () => {
    const memory = createMemoryStorage()
    let tell = (_: StorageChange) => {}
    memory.subscribe = (listener) => {
      tell = listener
    }
    const { state } = await visit(memory)
    state().setDraft('old', 'typed here')
    tell({ kind: 'draft', key: 'old', text: 'typed there' })
    tell({ kind: 'draft', key: 'new', text: 'typed before' })
    expect(state().drafts).toEqual(
      new Map([
        ['old', 'typed here'],
        ['new', 'typed before'],
      ]),
    )
  })

  it('that a full disk refuses is written later, as it is then', async () => {
    const { memory, state } = await visit()
    const put = vi.spyOn(memory, 'putDraft').mockRejectedValueOnce(new Error('full'))
    state().setDraft('old', 'Dear')
    await state().flush()
    expect(state().saveFailed).toBe(true)
    await state().flush()
    expect(await memory.drafts()).toEqual(new Map([['old', 'Dear']]))
    await state().flush()
    expect(put).toHaveBeenCalledTimes(2)
    expect(state().saveFailed).toBe(false)
  })
})

describe('a backup', () => {
  it('gives back everything that was deleted, and changes nothing that is here', async () => {
    const memory = await threeKept()
    const node = { parentId: null, activeChildId: null, createdAt: 0, role: 'user' } as const
    await memory.putMessages([{ ...node, id: 'm', conversationId: 'old', content: 'hi' }])
    const { state } = await visit(memory, () => 77)
    const text = await state().backUp()
    expect(state().lastBackupAt).toBe(77)
    expect(await memory.lastBackupAt()).toBe(77)

    const before = { list: await memory.list(), messages: await memory.allMessages() }
    for (const id of ['old', 'middle', 'new']) state().remove(id)
    await vi.waitFor(async () =>
      expect((await memory.list()).every(({ deletedAt }) => deletedAt)).toBe(true),
    )
    const added = await state().restoreBackup(new Blob([text]))
    expect(added.conversations).toBe(3)
    expect({ list: await memory.list(), messages: await memory.allMessages() }).toEqual(before)
    expect(titles(state().conversations)).toEqual(['new', 'middle', 'old'])

    state().rename('old', 'renamed since')
    expect(await state().restoreBackup(new Blob([text]))).toEqual({
      conversations: 0,
      messages: 0,
      library: 0,
    })
    expect(titles(state().conversations)).toContain('renamed since')
  })

  it('makes its persona the default of new chats only where none is', async () => {
    const persona = (id: string, isDefault: boolean): LibraryItem => ({
      kind: 'persona',
      id,
      name: id,
      createdAt: 0,
      isDefault,
      instructions: '',
      sampling: {},
    })
    const { memory, state } = await visit()
    await memory.putLibrary([persona('a', true)])
    const text = await state().backUp()

    for (const chosen of [true, false]) {
      const other = await visit()
      await other.memory.putLibrary([persona('b', chosen)])
      await other.state().restoreBackup(new Blob([text]))
      expect(await other.memory.library()).toEqual([persona('b', chosen), persona('a', !chosen)])
    }
  })

  it('that is not sound changes nothing', async () => {
    const { memory, state } = await visit(await threeKept())
    const before = await memory.list()
    const text = (await state().backUp()).replace('"old"', '"../old"')
    await expect(state().restoreBackup(new Blob([text]))).rejects.toThrow('not an id')
    expect(await memory.list()).toEqual(before)
  })
})

describe('a full disk', () => {
  it('is told, until a write succeeds again', async () => {
    const { memory, state } = await visit(await threeKept())
    const patch = vi.spyOn(memory, 'patch').mockRejectedValue(new Error('full'))
    state().rename('old', 'a')
    await vi.waitFor(() => expect(state().saveFailed).toBe(true))
    patch.mockRestore()
    state().rename('old', 'b')
    await vi.waitFor(() => expect(state().saveFailed).toBe(false))
  })
})
