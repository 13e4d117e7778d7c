import type { AnswerStage, Message } from '../conversations/conversation'
import { useChat } from '../stores/context'

const announcements: Record<AnswerStage, string> = {
  queued: 'Waiting for the model',
  reading: 'Reading',
  thinking: 'Thinking',
  answering: 'Writing the answer',
  finished: 'The answer is finished',
  interrupted: '',
}

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
  if (message.finishReason === 'cancelled') return 'Stopped'
  // The failure's own notice is read aloud.
  if (message.error) return ''
  return announcements[message.stage]
}
