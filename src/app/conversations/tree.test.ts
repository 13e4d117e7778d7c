import { describe, expect, it } from 'vitest'
import type { Message } from './conversation'
import { shownBranch, subtree } from './tree'

/** A tree from `id: [parent, active child]`, in the order of time. */
function tree(nodes: Record<string, [parent: string | null, active?: string]>) {
  return new Map(
    Object.entries(nodes).map(([id, [parentId, activeChildId = null]], createdAt) => {
      const node = { id, conversationId: 'c', parentId, activeChildId, createdAt }
      return [id, { ...node, role: 'user', content: id } satisfies Message]
    }),
  )
}
const ids = (messages: readonly Message[]) => messages.map(({ id }) => id)

describe('shownBranch', () => {
  const forked = tree({
    a: [null, 'b1'],
    b1: ['a', 'c1'],
    b2: ['a'],
    c1: ['b1'],
    d1: ['c1'],
  })

  it('follows the chosen children, and knows the versions at forks', () => {
    const { messages, versions } = shownBranch(forked, 'a')
    expect(ids(messages)).toEqual(['a', 'b1', 'c1', 'd1'])
    expect([...versions]).toEqual([['b1', ['b1', 'b2']]])
  })

  it('takes the newest where the chosen child is missing', () => {
    const { messages } = shownBranch(tree({ a: [null, 'gone'], b1: ['a'], b2: ['a'] }), 'gone')
    expect(ids(messages)).toEqual(['a', 'b2'])
  })

  it('comes to an end in a circle', () => {
    expect(shownBranch(tree({ a: ['b'], b: ['a'] }), 'a').messages).toEqual([])
    expect(ids(shownBranch(tree({ a: [null], b: ['a', 'b'] }), 'a').messages)).toEqual(['a', 'b'])
  })

  it('of nothing is nothing', () => {
    expect(shownBranch(new Map(), null)).toEqual({ messages: [], versions: new Map() })
  })
})

describe('subtree', () => {
  it('holds a message and all branches below it', () => {
    const messages = tree({ a: [null], b: ['a'], c: ['b'], d: ['b'], e: ['a'] })
    expect(ids(subtree(messages, 'b'))).toEqual(['b', 'c', 'd'])
    expect(subtree(messages, 'gone')).toEqual([])
  })
})
