import { describe, expect, it } from 'vitest'
import { type Conversation, parseConversation } from './conversation'
import { cleanTags, hasTag, splitTags, tagsInUse } from './tags'

const conversation = (tags?: unknown): Conversation =>
  parseConversation({ id: 'a', title: 'A', createdAt: 1, updatedAt: 1, pinned: false, tags })

describe('tags', () => {
  it('are split at commas, trimmed, and once each whatever their case', () => {
    expect(splitTags(' work,  Travel ,,WORK، عمل,')).toEqual(['work', 'Travel', 'عمل'])
    expect(splitTags(' , ')).toEqual([])
  })

  it('are at most 20 of at most 40 characters', () => {
    expect(cleanTags(['x'.repeat(50)])).toEqual(['x'.repeat(40)])
    expect(cleanTags(Array.from({ length: 30 }, (_, i) => `tag ${i}`))).toHaveLength(20)
  })

  it('are gathered from all chats in the order of the alphabet', () => {
    const chats = [['work', 'trips'], undefined, ['Work', 'art']].map(conversation)
    expect(tagsInUse(chats)).toEqual(['art', 'trips', 'work'])
    expect(chats.map((chat) => hasTag(chat, 'WORK'))).toEqual([true, false, true])
  })

  it('of a record that anybody may have written are texts only', () => {
    expect(conversation(['a', 7, null, ' a ', { b: 1 }]).tags).toEqual(['a'])
    for (const tags of [undefined, 'a', [], [7], { length: 2 }])
      expect(conversation(tags)).not.toHaveProperty('tags')
  })
})
