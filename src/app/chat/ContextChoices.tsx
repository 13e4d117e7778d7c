import type { Question } from '../attachments/question-text'
import { canDrop } from '../conversations/context-window'
import { t } from '../i18n/t'
import type { Room } from '../stores/chat-store'
import { useChat } from '../stores/context'
import { Button } from '../ui/Button'
import { useStartAnew } from './use-start-anew'

interface ContextChoicesProps {
  /** What was to be said next: a new chat begins with it as its draft. */
  draft: Question
  onRoom: (room: Room) => void
}

/** What to do when the context is full. Where one question fills it, making room cannot help. */
export function ContextChoices({ draft, onRoom }: ContextChoicesProps) {
  const startAnew = useStartAnew()
  const canMakeRoom = useChat((state) => canDrop(state.messages))
  return (
    <>
      <Button onClick={() => startAnew(draft)}>{t('Start a new chat')}</Button>
      {canMakeRoom && (
        <>
          <Button onClick={() => onRoom('drop')}>{t('Drop the oldest messages')}</Button>
          <Button onClick={() => onRoom('summarise')}>{t('Summarise them')}</Button>
        </>
      )}
    </>
  )
}
