import { ChevronRight, Undo2 } from 'lucide-react'
import type { UserMessage } from '../conversations/conversation'
import { t } from '../i18n/t'
import { Markdown } from '../markdown/Markdown'
import { useChat } from '../stores/context'
import { Button } from '../ui/Button'
import styles from './ContextDivider.module.css'

/** Stands above the question with which the model's view begins: what it does not see, or a summary. */
export function ContextDivider({ message: { id, contextStart } }: { message: UserMessage }) {
  const busy = useChat((state) => state.busy)
  const showAll = useChat((state) => state.showAll)
  if (contextStart === undefined) return null
  const { messages, tokens, summary } = contextStart
  return (
    <section className={styles.divider} aria-label={t('No longer seen by the model')}>
      <p className={styles.line}>
        <span>
          {t('No longer seen by the model: {{count}} messages above, {{tokens}} tokens freed', {
            count: messages,
            tokens,
          })}
        </span>
      </p>
      {summary !== undefined && (
        <details className={styles.summary}>
          <summary>
            {t('Summary that the model sees instead')}
            <ChevronRight className={styles.chevron} size={16} aria-hidden />
          </summary>
          <Markdown className={styles.text}>{summary}</Markdown>
        </details>
      )}
      <Button look="plain" className={styles.undo} disabled={busy} onClick={() => showAll(id)}>
        <Undo2 size={14} aria-hidden />
        {t('Undo: let the model see all messages')}
      </Button>
    </section>
  )
}
