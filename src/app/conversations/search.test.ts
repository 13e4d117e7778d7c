import { describe, expect, it } from 'vitest'
import type { Conversation, Message } from './conversation'
import { createSearch } from './search'

const conversation = (id: string, title: string): Conversation => ({
  id,
  title,
  createdAt: 0,
  updatedAt: 0,
  pinned: false,
  activeChildId: null,
})
let nextId = 0
const message = (conversationId: string, content: string): Message => ({
  role: 'user',
  id: String(nextId++),
  conversationId,
  parentId: null,
  activeChildId: null,
  createdAt: 0,
  content,
})

const search = createSearch(
  [conversation('soup', 'Soup'), conversation('code', 'Sorting'), conversation('cn', '北京')],
  [
    message('soup', 'How long do carrots cook?'),
    message('soup', `${'Chop them. '.repeat(20)}Crème fraîche goes in last.${' Stir.'.repeat(20)}`),
    message('code', 'const sorted = items.toSorted((a, b) => a - b)'),
    {
      ...message('cn', '中国的首都是北京。'),
      attachments: [{ name: 'cities.csv', mediaType: 'text/csv', text: 'Shanghai,24870895' }],
    } as Message,
  ],
)
const found = (query: string) => search(query).map(({ conversation }) => conversation.id)

describe('search', () => {
  it.each([
    { query: 'carrots', ids: ['soup'], because: 'a word' },
    { query: 'cities shanghai', ids: ['cn'], because: 'a file’s name and its text' },
    { query: 'CARR', ids: ['soup'], because: 'half a word, in other letters' },
    { query: 'last carrots', ids: ['soup'], because: 'words of different messages' },
    { query: 'soup carrots', ids: ['soup'], because: 'a word of the title and one of a message' },
    { query: 'creme fraiche', ids: ['soup'], because: 'words without their accents' },
    { query: 'tosorted(', ids: ['code'], because: 'code' },
    { query: '首都', ids: ['cn'], because: 'a language without spaces' },
    { query: 'so', ids: ['soup', 'code'], because: 'titles' },
    { query: 'carrots sorted', ids: [], because: 'no conversation has both' },
    { query: '  ', ids: [], because: 'nothing is asked' },
    { query: '.*', ids: [], because: 'a query is no pattern' },
  ])('finds $ids for $query: $because', ({ query, ids }) => {
    expect(found(query)).toEqual(ids)
  })

  it('shows the place, as it is written', () => {
    const snippet = search('fraiche')[0]?.snippet
    expect(snippet?.match).toBe('fraîche')
    expect(snippet?.before).toMatch(/^….*Crème $/)
    expect(snippet?.after).toMatch(/^ goes in last\. .*…$/)
    expect(snippet?.before.length).toBeLessThan(50)
  })

  it('shows no place for what the title alone has', () => {
    expect(search('sorting')[0]?.snippet).toBeUndefined()
  })
})
