import { ArrowDown } from 'lucide-react'
import { useEffect } from 'react'
import { useChat } from '../stores/context'
import { Button } from '../ui/Button'
import { Answer } from './Answer'
import styles from './Conversation.module.css'
import { Question } from './Question'
import { useStickToBottom } from './use-stick-to-bottom'
import { Welcome } from './Welcome'

/** All messages; follows the newest words while the reader is at the bottom. */
export function Conversation() {
  const messages = useChat((state) => state.messages)
  const count = messages.length
  const { scroller, content, atBottom, toBottom } = useStickToBottom(count > 0)

  // A new question or answer is what the reader wants to see, wherever they were.
  useEffect(() => {
    if (count > 0) toBottom()
  }, [count, toBottom])

  return (
    <main className={styles.main}>
      <div ref={scroller} className={styles.scroller}>
        <div ref={content} className={styles.content}>
          {count === 0 && <Welcome />}
          {messages.map((message, index) =>
            message.role === 'user' ? (
              <Question key={message.id} message={message} />
            ) : (
              <Answer key={message.id} message={message} last={index === count - 1} />
            ),
          )}
        </div>
      </div>
      {!atBottom && (
        <Button square className={styles.toBottom} aria-label="Jump to latest" onClick={toBottom}>
          <ArrowDown size={18} aria-hidden />
        </Button>
      )}
    </main>
  )
}
