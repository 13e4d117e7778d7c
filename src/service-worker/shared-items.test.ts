import 'fake-indexeddb/auto'
import { expect, it } from 'vitest'
import { keepShared, sharedItems, takeShared } from './shared-items'

it('reads a form as another app sends it, each text once', () => {
  const form = new FormData()
  form.append('title', 'An article')
  form.append('text', 'https://example.org/')
  form.append('url', 'https://example.org/')
  form.append('files', new File(['a,b'], 'table.csv', { type: 'text/csv' }))
  form.append('files', new File([], ''))
  form.append('files', 'no file')
  const { text, files } = sharedItems(form)
  expect(text).toBe('An article\nhttps://example.org/')
  expect(files.map(({ name }) => name)).toEqual(['table.csv'])
})

it('keeps items until a page takes them, and then no longer', async () => {
  expect(await takeShared()).toBeUndefined()
  await keepShared({ text: 'first', files: [] })
  await keepShared({ text: 'second', files: [] })
  expect(await takeShared()).toEqual({ text: 'second', files: [] })
  expect(await takeShared()).toBeUndefined()
})
