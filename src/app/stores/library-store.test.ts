import { expect, it, vi } from 'vitest'
import type { Persona, Template } from '../conversations/library'
import { createMemoryStorage } from '../conversations/memory-storage'
import type { ConversationStorage, StorageChange } from '../conversations/storage'
import { createLibraryStore } from './library-store'

const persona = (name: string, isDefault = false): Persona => ({
  kind: 'persona',
  id: name,
  name,
  createdAt: 1,
  isDefault,
  instructions: '',
  sampling: {},
})
const template: Template = { kind: 'template', id: 't', name: 'Sum up', createdAt: 1, text: 'x' }

async function visit(memory: ConversationStorage) {
  const noteSaved = vi.fn()
  const store = createLibraryStore(memory, { noteSaved })
  await store.getState().start()
  return { state: store.getState, noteSaved }
}

it('shows what is kept in the order of names, and keeps what is put', async () => {
  const memory = createMemoryStorage()
  await memory.putLibrary([persona('Tutor'), template])
  const { state } = await visit(memory)
  state().put(persona('Editor'))
  expect(state().personas.map(({ name }) => name)).toEqual(['Editor', 'Tutor'])
  expect(state().templates).toEqual([template])
  await vi.waitFor(async () => expect(await memory.library()).toHaveLength(3))
})

it('brings back what was removed', async () => {
  const memory = createMemoryStorage()
  await memory.putLibrary([template])
  const { state } = await visit(memory)
  const undo = state().remove(template)
  expect(state().templates).toEqual([])
  await vi.waitFor(async () => expect(await memory.library()).toEqual([]))
  undo()
  expect(state().templates).toEqual([template])
  await vi.waitFor(async () => expect(await memory.library()).toEqual([template]))
})

it('has one default persona at most', async () => {
  const memory = createMemoryStorage()
  await memory.putLibrary([persona('a', true), persona('b')])
  const { state } = await visit(memory)
  state().setDefault('b')
  expect(state().personas.map(({ isDefault }) => isDefault)).toEqual([false, true])
  state().setDefault(undefined)
  expect(state().personas.map(({ isDefault }) => isDefault)).toEqual([false, false])
})

it('takes over what another tab changes', async () => {
  const memory = createMemoryStorage()
  let tell: (change: StorageChange) => void = () => {}
  const { state } = await visit({
    ...memory,
    subscribe(listener) {
      tell = listener
    },
  })
  await memory.putLibrary([template])
  tell({ kind: 'library' })
  await vi.waitFor(() => expect(state().templates).toEqual([template]))
})

it('takes nothing back that is put while it is read', async () => {
  const memory = createMemoryStorage()
  const store = createLibraryStore(
    {
      ...memory,
      async library() {
        const read = await memory.library()
        if (read.length === 0) store.getState().put(template)
        return read
      },
    },
    { noteSaved: () => {} },
  )
  await store.getState().start()
  expect(store.getState().templates).toEqual([template])
})

it('says when nothing can be kept', async () => {
  const refusing: ConversationStorage = {
    ...createMemoryStorage(),
    putLibrary: () => Promise.reject(new Error('full')),
  }
  const { state, noteSaved } = await visit(refusing)
  state().put(template)
  await vi.waitFor(() => expect(noteSaved).toHaveBeenCalledWith(false))
})
