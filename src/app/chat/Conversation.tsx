import { ArrowDown } from 'lucide-react'
import { Suspense, useEffect } from 'react'
import { t } from '../i18n/t'
import { useChat } from '../stores/context'
import { Button } from '../ui/Button'
import { onDemand } from '../ui/on-demand'
import styles from './Conversation.module.css'
import { useStickToBottom } from './use-stick-to-bottom'
import { Welcome } from './Welcome'

const importMessages = () => import('./Messages')
const Messages = onDemand(async () => (await importMessages()).Messages)

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

  // What draws messages is there before the first of them, and comes after the page itself.
  useEffect(() => {
    void importMessages().catch(() => {})
  }, [])

  return (
    <main className={styles.main}>
      <div ref={scroller} className={styles.scroller} data-follows={atBottom}>
        <div ref={content} className={styles.content} aria-busy={opening}>
          {count === 0 && !opening && <Welcome />}
          {count > 0 && <h2 className="visually-hidden">{t('Conversation')}</h2>}
          {count > 0 && (
            <Suspense>
              <Messages key={conversationId} />
            </Suspense>
          )}
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
