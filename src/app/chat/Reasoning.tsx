import { ChevronRight } from 'lucide-react'
import { type MouseEvent, useEffect, useRef, useState } from 'react'
import type { AssistantMessage } from '../conversations/conversation'
import { formatDuration } from '../format'
import { t } from '../i18n/t'
import { Dots } from './Dots'
import styles from './Reasoning.module.css'
import { useLiveLine } from './use-live-line'

/**
 * The analysis channel, folded. Its header tells what the model is thinking about, and how long it
 * thought when that is over.
 */
export function Reasoning({
  message,
}: {
  message: Pick<AssistantMessage, 'stage' | 'reasoning' | 'reasoningMs'>
}) {
  const { stage, reasoning, reasoningMs } = message
  const thinking = stage === 'thinking'
  const [open, setOpen] = useState(false)
  const line = useLiveLine(reasoning, thinking)
  const text = useRef<HTMLDivElement>(null)

  // While it grows it shows its newest lines.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new text scrolls
  useEffect(() => {
    if (thinking && open && text.current) text.current.scrollTop = text.current.scrollHeight
  }, [reasoning, thinking, open])

  const toggle = (event: MouseEvent) => {
    // React keeps `open`; the element must not flip it as well.
    event.preventDefault()
    setOpen(!open)
  }

  return (
    <details className={styles.reasoning} open={open} aria-label={t('Reasoning')}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a control */}
      <summary className={styles.summary} onClick={toggle}>
        {thinking && <Dots />}
        <span className={styles.state}>{thinking ? t('Thinking') : durationText(reasoningMs)}</span>
        {/* Opened, the text itself shows it; and who listens would hear it over and over. */}
        {line !== '' && !open && (
          <span className={styles.line} dir="auto" aria-hidden>
            {line}
          </span>
        )}
        <ChevronRight className={`${styles.chevron} mirrored`} size={16} aria-hidden />
      </summary>
      <div ref={text} className={styles.text} data-live={thinking} dir="auto">
        {reasoning}
      </div>
    </details>
  )
}

const durationText = (ms: number | undefined) =>
  ms === undefined ? t('Reasoning') : t('Thought for {{time}}', { time: formatDuration(ms) })
