import { beforeEach, expect, it } from 'vitest'
import { createEvictionStore } from './eviction-store'

let local: Map<string, string>
let databaseMark: string | undefined
let ids: number

beforeEach(() => {
  local = new Map()
  databaseMark = undefined
  ids = 0
})

/** A visit in this browser. */
async function visit() {
  const store = createEvictionStore({
    local: () => ({
      getItem: (key) => local.get(key) ?? null,
      setItem: (key, value) => void local.set(key, value),
    }),
    database: {
      get: async () => databaseMark,
      claim: async (id) => {
        databaseMark ??= id
        return databaseMark
      },
    },
    newId: () => `id-${ids++}`,
  })
  await store.getState().start()
  return store.getState
}

it('misses nothing on a first visit, nor where everything is as it was', async () => {
  const first = await visit()
  expect(first().lost).toBeUndefined()
  first().note({ chats: 3, modelBytes: 13e9 })
  expect((await visit())().lost).toBeUndefined()
})

it('tells what was here when the database was cleared, until it is dismissed', async () => {
  const before = await visit()
  before().note({ chats: 3, modelBytes: 13e9 })
  databaseMark = undefined

  const after = await visit()
  expect(after().lost).toEqual({ chats: 3, modelBytes: 13e9 })
  after().note({ chats: 0, modelBytes: 0 })
  const again = await visit()
  expect(again().lost).toEqual({ chats: 3, modelBytes: 13e9 })

  again().note({ chats: 1, modelBytes: 0 })
  again().dismiss()
  expect(again().lost).toBeUndefined()
  expect((await visit())().lost).toBeUndefined()
})

it('misses nothing where the person has cleared everything, or there was nothing', async () => {
  const before = await visit()
  before().note({ chats: 3, modelBytes: 13e9 })
  local.clear()
  databaseMark = undefined
  expect((await visit())().lost).toBeUndefined()

  const empty = await visit()
  empty().note({ chats: 0, modelBytes: 0 })
  databaseMark = undefined
  expect((await visit())().lost).toBeUndefined()
})

it('is one mark for two tabs that open first at once', async () => {
  const [store] = await Promise.all([visit(), visit()])
  store().note({ chats: 1, modelBytes: 0 })
  expect(JSON.parse(local.get('alcove-belongings') ?? '')).toEqual({
    id: databaseMark,
    chats: 1,
    modelBytes: 0,
  })
})

it('takes what this visit does not know from the one before', async () => {
  const first = await visit()
  first().note({ chats: 3, modelBytes: 13e9 })
  const second = await visit()
  second().note({ chats: 4 })
  databaseMark = undefined
  expect((await visit())().lost).toEqual({ chats: 4, modelBytes: 13e9 })
})

it('goes on where there is no storage, or something else is in it', async () => {
  local.set('alcove-belongings', '{')
  expect((await visit())().lost).toBeUndefined()
})
