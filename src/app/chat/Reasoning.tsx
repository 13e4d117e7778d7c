import { ChevronRight } from 'lucide-react'
import { type MouseEvent, useEffect, useRef, useState } from 'react'
import type { AssistantMessage } from '../conversations/conversation'
import { formatDuration } from '../format'
import { t } from '../i18n/t'
import styles from './Reasoning.module.css'

/** The analysis channel: open while the model thinks, folded afterwards, opened again on demand. */
export function Reasoning({ message }: { message: AssistantMessage }) {
  const { stage, reasoning, reasoningMs } = message
  const thinking = stage === 'thinking'
  // Undefined until the reader folds or opens it; from then on it stays as they put it.
  const [choice, setChoice] = useState<boolean>()
  const open = choice ?? thinking
  const text = useRef<HTMLDivElement>(null)

  // While it grows it shows its newest lines.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new text scrolls
  useEffect(() => {
    if (thinking && text.current) text.current.scrollTop = text.current.scrollHeight
  }, [reasoning, thinking])

  const toggle = (event: MouseEvent) => {
    // React keeps `open`; the element must not flip it as well.
    event.preventDefault()
    setChoice(!open)
  }

  return (
    <details className={styles.reasoning} open={open} aria-label={t('Reasoning')}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a control */}
      <summary className={styles.summary} onClick={toggle}>
        <span className={thinking ? styles.live : undefined}>
          {thinking
            ? t('Thinking')
            : t('Thought for {{time}}', { time: formatDuration(reasoningMs ?? 0) })}
        </span>
        <ChevronRight className={styles.chevron} size={16} aria-hidden />
      </summary>
      <div ref={text} className={styles.text} data-live={thinking} dir="auto">
        {reasoning}
      </div>
    </details>
  )
}
