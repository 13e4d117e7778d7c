import type { Question } from '../attachments/question-text'
import { type ContextUse, usedTokens } from '../conversations/context-window'
import { t } from '../i18n/t'
import type { Room } from '../stores/chat-store'
import { Notice } from '../ui/Notice'
import { ContextChoices } from './ContextChoices'

interface ContextNoticeProps {
  use: ContextUse
  draft: Question
  onRoom: (room: Room) => void
}

/** The next message does not fit: what can be done instead of sending it as it is. */
export function ContextNotice({ use, draft, onRoom }: ContextNoticeProps) {
  return (
    <Notice
      title={t('The context is full')}
      actions={<ContextChoices question={draft} isSent={false} onRoom={onRoom} />}
    >
      {t(
        'With this message the chat has {{used}} tokens. The model takes {{total}} at once, its answer included.',
        { used: usedTokens(use), total: use.contextTokens },
      )}
    </Notice>
  )
}
