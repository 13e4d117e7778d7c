import type { AnswerStage, Message } from '../conversations/conversation'
import { t } from '../i18n/t'
import { useChat } from '../stores/context'

/** Tells screen readers at which station the answer is, and never reads single words of it. */
export function Announcer() {
  const announcement = useChat((state) => announce(state.messages.at(-1)))
  return (
    <div className="visually-hidden" role="status">
      {announcement}
    </div>
  )
}

function announce(message: Message | undefined): string {
  if (message?.role !== 'assistant') return ''
  if (message.finishReason === 'cancelled') return t('Stopped')
  // The failure's own notice is read aloud.
  if (message.error) return ''
  return stageText(message.stage)
}

function stageText(stage: AnswerStage): string {
  switch (stage) {
    case 'queued':
      return t('Waiting for the model')
    case 'summarising':
      return t('Summarising what came before')
    case 'reading':
      return t('Reading')
    case 'thinking':
      return t('Thinking')
    case 'answering':
      return t('Writing the answer')
    case 'finished':
      return t('The answer is finished')
    case 'interrupted':
      return ''
  }
}
