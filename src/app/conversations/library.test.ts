import { describe, expect, it } from 'vitest'
import { parseLibraryItem } from './library'

const persona = {
  kind: 'persona',
  id: 'p',
  name: 'Tutor',
  createdAt: 1,
  isDefault: true,
  instructions: 'Ask, do not tell.',
  sampling: { temperature: 0.4 },
}
const template = { kind: 'template', id: 't', name: 'Sum up', createdAt: 2, text: '{{text}}' }

describe('parseLibraryItem', () => {
  it.each([persona, template])('reads a $kind, and leaves out what it does not know', (item) => {
    expect(parseLibraryItem({ ...item, colour: 'red' })).toEqual(item)
  })

  it('supplies what a persona of few words does not say', () => {
    const { instructions: _, sampling: __, isDefault: ___, ...bare } = persona
    expect(parseLibraryItem(bare)).toEqual({
      ...bare,
      instructions: '',
      sampling: {},
      isDefault: false,
    })
  })

  it.each([
    { item: null, reason: 'not an object' },
    { item: { ...persona, kind: 'tool' }, reason: 'kind is not persona or template' },
    { item: { ...persona, id: '../p' }, reason: 'id is not an id' },
    { item: { ...persona, name: 'x'.repeat(101) }, reason: 'name is longer than 100' },
    { item: { ...persona, instructions: 'x'.repeat(5e7) }, reason: 'longer than 100,000' },
    { item: { ...template, text: undefined }, reason: 'text is not text' },
    { item: { ...template, text: 'x'.repeat(100_001) }, reason: 'text is longer than 100,000' },
    { item: { ...template, createdAt: 'today' }, reason: 'createdAt is not a number' },
  ])('refuses what is none: $reason', ({ item, reason }) => {
    expect(() => parseLibraryItem(item)).toThrow(reason)
  })
})
