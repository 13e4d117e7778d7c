import type { AssistantMessage } from '../conversations/conversation'
import { t } from '../i18n/t'

/** An answer's effort as one fact among others; none where the model takes no effort. */
export function effortFact({
  effort,
  withoutEffort,
}: Pick<AssistantMessage, 'effort' | 'withoutEffort'>): string | undefined {
  if (withoutEffort) return undefined
  switch (effort) {
    case 'low':
      return t('low effort')
    case 'medium':
      return t('medium effort')
    case 'high':
      return t('high effort')
  }
}
