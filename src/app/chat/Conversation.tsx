import { ArrowDown } from 'lucide-react'
import { startTransition, useEffect, useState } from 'react'
import { contextStartOf } from '../conversations/context-window'
import type { Message } from '../conversations/conversation'
import { t } from '../i18n/t'
import { useChat } from '../stores/context'
import { Button } from '../ui/Button'
import { Answer } from './Answer'
import styles from './Conversation.module.css'
import { Question } from './Question'
import { useStickToBottom } from './use-stick-to-bottom'
import { Welcome } from './Welcome'

/** All messages; follows the newest words while the reader is at the bottom. */
export function Conversation() {
  const conversationId = useChat((state) => state.conversationId)
  const opening = useChat((state) => state.opening)
  const count = useChat((state) => state.messages.length)
  const { scroller, content, atBottom, toBottom } = useStickToBottom(count > 0)

  // A new question or answer is what the reader wants to see, wherever they were.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation is begun at its end
  useEffect(() => {
    if (count > 0) toBottom()
  }, [count, conversationId, toBottom])

  return (
    <main className={styles.main}>
      <div ref={scroller} className={styles.scroller}>
        <div ref={content} className={styles.content} aria-busy={opening}>
          {count === 0 && !opening && <Welcome />}
          {count > 0 && <h2 className="visually-hidden">{t('Conversation')}</h2>}
          <Messages key={conversationId} />
        </div>
      </div>
      {!atBottom && (
        <Button
          square
          className={styles.toBottom}
          aria-label={t('Jump to latest')}
          onClick={toBottom}
        >
          <ArrowDown size={18} aria-hidden />
        </Button>
      )}
    </main>
  )
}

/** More than fit on the tallest screen. */
const firstDrawn = 12
const drawnAtATime = 24

/**
 * The messages of one conversation. At first those are drawn that can be seen, then bit by bit all
 * of them: a long conversation opens at once, and the browser still finds any text in it.
 */
function Messages() {
  const messages = useChat((state) => state.messages)
  const versions = useChat((state) => state.versions)
  const [drawn, setDrawn] = useState(firstDrawn)
  const isComplete = drawn >= messages.length
  const start = contextStartOf(messages)

  useEffect(() => {
    if (isComplete) return
    // After a paint, and given up for anything more urgent.
    const timer = setTimeout(() => startTransition(() => setDrawn(drawn + drawnAtATime)))
    return () => clearTimeout(timer)
  }, [drawn, isComplete])

  return messages
    .slice(-drawn)
    .map((message) =>
      message.role === 'user' ? (
        <Question
          key={placeOf(message)}
          message={message}
          versions={versions.get(message.id)}
          startsContext={message === start}
        />
      ) : (
        <Answer
          key={placeOf(message)}
          message={message}
          versions={versions.get(message.id)}
          last={message === messages.at(-1)}
        />
      ),
    )
}

/** The same for all versions of a message, so that the focus stays when another one is shown. */
const placeOf = ({ parentId }: Message) => parentId ?? 'first'
