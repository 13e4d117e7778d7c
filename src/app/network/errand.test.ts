import { expect, it } from 'vitest'
import { claimErrand, leaveErrand } from './errand'

function createStorage() {
  const items = new Map<string, string>()
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
}

it('is claimed once, by whoever does such things', () => {
  const storage = createStorage()
  expect(claimErrand('download', storage)).toBeUndefined()
  leaveErrand({ kind: 'download', model: 'https://huggingface.co/a/b' }, storage)
  expect(claimErrand('use', storage)).toBeUndefined()
  expect(claimErrand('download', storage)?.model).toBe('https://huggingface.co/a/b')
  expect(claimErrand('download', storage)).toBeUndefined()
})

it('is none where storage holds something else', () => {
  const storage = createStorage()
  storage.setItem('alcove-errand', 'no JSON')
  expect(claimErrand('add-model', storage)).toBeUndefined()
})
