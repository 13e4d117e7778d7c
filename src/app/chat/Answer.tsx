import { RotateCw } from 'lucide-react'
import { memo } from 'react'
import type { FinishReason } from '../../engine/index'
import type { AssistantMessage } from '../conversations/conversation'
import { formatDuration, formatRate } from '../format'
import { Markdown } from '../markdown/Markdown'
import { isUnderWay } from '../stores/chat-store'
import { useChat } from '../stores/context'
import { Button } from '../ui/Button'
import { CopyButton } from '../ui/CopyButton'
import { ErrorNotice } from '../ui/ErrorNotice'
import styles from './Answer.module.css'
import { Reasoning } from './Reasoning'
import { Waiting } from './Waiting'

interface AnswerProps {
  message: AssistantMessage
  /** Only the last answer can be asked for again. */
  last: boolean
}

/** What the model wrote: its reasoning, its answer, and how it went. */
export const Answer = memo(function Answer({ message, last }: AnswerProps) {
  const { stage, reasoning, commentary, content, error } = message
  const live = isUnderWay(message)
  return (
    <article className={styles.answer} aria-label="Assistant" aria-busy={live}>
      {stage === 'queued' && <Waiting>Waiting for the model to load</Waiting>}
      {stage === 'reading' && <Waiting>Reading</Waiting>}
      {reasoning !== '' && <Reasoning message={message} />}
      {commentary !== '' && (
        <Markdown className={styles.commentary} live={live}>
          {commentary}
        </Markdown>
      )}
      {content !== '' && <Markdown live={live}>{content}</Markdown>}
      {stage === 'finished' && <Details message={message} />}
      {error && <Failure message={message} last={last} />}
    </article>
  )
})

function Failure({ message: { id, error }, last }: AnswerProps) {
  const retry = useChat((state) => state.retry)
  const newChat = useChat((state) => state.newChat)
  if (error === undefined) return null
  return (
    <ErrorNotice
      error={error}
      actions={
        error.code === 'context-full' ? (
          <Button onClick={newChat}>New chat</Button>
        ) : (
          last && (
            <Button onClick={() => void retry(id)}>
              <RotateCw size={16} aria-hidden />
              Try again
            </Button>
          )
        )
      }
    />
  )
}

const endings: Partial<Record<FinishReason, string>> = {
  cancelled: 'Stopped',
  length: 'Ended at the length limit',
  tool_calls: 'Asked for a tool, which this chat does not have',
}

/** One quiet line: why it ended, how much was written and how fast. */
function Details({ message }: { message: AssistantMessage }) {
  const { content, finishReason, usage, timings, repairs } = message
  const facts = [
    finishReason && endings[finishReason],
    usage && `${usage.completion_tokens} tokens`,
    timings && `${formatRate(timings.decodeTokensPerSecond)} tok/s`,
    timings && `first token ${formatDuration(timings.firstTokenMs)}`,
    repairs && repairs.length > 0 && 'format repaired',
  ].filter(Boolean)
  if (content === '' && facts.length === 0) return null
  return (
    <div className={styles.details}>
      {content !== '' && <CopyButton text={content} label="Copy" iconOnly />}
      <span>{facts.join(' · ')}</span>
    </div>
  )
}
