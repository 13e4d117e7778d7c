import { formatMonth } from '../format'
import { t } from '../i18n/t'
import type { Conversation } from './conversation'

export interface ConversationGroup {
  label: string
  conversations: readonly Conversation[]
}

const dayMs = 24 * 60 * 60 * 1000

/**
 * The list in groups: pinned ones, then by the day of the last message where the reader is.
 * Conversations keep the order in which they come.
 */
export function groupByDate(
  conversations: readonly Conversation[],
  now: Date,
): ConversationGroup[] {
  const today = dayNumber(now)
  const groups = new Map<string, Conversation[]>()
  for (const pinned of [true, false])
    for (const conversation of conversations) {
      if (conversation.pinned !== pinned) continue
      const label = pinned ? t('Pinned') : labelOf(new Date(conversation.updatedAt), today)
      const group = groups.get(label)
      if (group) group.push(conversation)
      else groups.set(label, [conversation])
    }
  return [...groups].map(([label, conversations]) => ({ label, conversations }))
}

/** Counts calendar days where the reader is, on which clocks that change have no say. */
const dayNumber = (at: Date) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / dayMs

function labelOf(at: Date, today: number): string {
  const daysAgo = today - dayNumber(at)
  if (daysAgo <= 0) return t('Today')
  if (daysAgo === 1) return t('Yesterday')
  if (daysAgo <= 7) return t('Previous 7 days')
  if (daysAgo <= 30) return t('Previous 30 days')
  return formatMonth(at)
}
