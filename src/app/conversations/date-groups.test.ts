import { describe, expect, it } from 'vitest'
import type { Conversation } from './conversation'
import { groupByDate } from './date-groups'

const now = new Date(2026, 4, 20, 10, 30)

/** A conversation whose last message came at this local time. */
const at = (title: string, ...time: [number, number, number, number?]): Conversation => {
  const updatedAt = new Date(...time).getTime()
  return { id: title, title, createdAt: 0, updatedAt, pinned: false, activeChildId: null }
}

const labels = (...conversations: Conversation[]) =>
  groupByDate(conversations, now).map(({ label, conversations }) => [
    label,
    ...conversations.map(({ title }) => title),
  ])

describe('groupByDate', () => {
  it('goes by calendar days, not by hours', () => {
    expect(
      labels(
        at('just now', 2026, 4, 20, 10),
        at('after midnight', 2026, 4, 20, 0),
        at('late yesterday', 2026, 4, 19, 23),
        at('early yesterday', 2026, 4, 19, 0),
        at('two days ago', 2026, 4, 18, 23),
        at('a week ago', 2026, 4, 13, 1),
        at('eight days ago', 2026, 4, 12, 23),
        at('in March', 2026, 2, 5),
        at('in March last year', 2025, 2, 5),
      ),
    ).toEqual([
      ['Today', 'just now', 'after midnight'],
      ['Yesterday', 'late yesterday', 'early yesterday'],
      ['Previous 7 days', 'two days ago', 'a week ago'],
      ['Previous 30 days', 'eight days ago'],
      ['March 2026', 'in March'],
      ['March 2025', 'in March last year'],
    ])
  })

  it('puts pinned ones first, whatever their age', () => {
    const pinned = { ...at('old', 2020, 1, 1), pinned: true }
    expect(labels(at('new', 2026, 4, 20, 9), pinned)).toEqual([
      ['Pinned', 'old'],
      ['Today', 'new'],
    ])
  })
})
