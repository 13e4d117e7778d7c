import { Check, Paperclip } from 'lucide-react'
import { memo, type ReactNode } from 'react'
import { Reasoning } from '../chat/Reasoning'
import { t } from '../i18n/t'
import { Markdown } from '../markdown/Markdown'
import { effortFact } from '../settings/effort-fact'
import { samplingFacts } from '../settings/sampling-facts'
import type { Share, SharedAnswer, SharedQuestion } from './share'
import styles from './Transcript.module.css'

interface TranscriptProps {
  share: Share
  /** What stands under the answer at this place among the messages. */
  below?: (answer: SharedAnswer, index: number) => ReactNode
}

/** What was shared, to be read. It knows nothing of engine or storage: other pages frame it. */
export function Transcript({ share: { messages, ask }, below }: TranscriptProps) {
  return (
    <>
      <Instructions>{ask?.instructions}</Instructions>
      {messages.map((message, index) =>
        message.role === 'user' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a share never changes
          <Question key={index} message={message} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a share never changes
          <Answer key={index} message={message} below={below?.(message, index)} />
        ),
      )}
    </>
  )
}

/** What the model is told besides: nothing works unseen. */
function Instructions({ children }: { children: string | undefined }) {
  if (children === undefined) return null
  return (
    <details className={styles.instructions}>
      <summary>{t('Instructions')}</summary>
      <div dir="auto">{children}</div>
    </details>
  )
}

/** Drawn once, whatever is replayed beside it; likewise an answer's text. */
const Question = memo(function Question({
  message: { content, attachments, context },
}: {
  message: SharedQuestion
}) {
  return (
    <article className={styles.question} aria-label={t('Question')}>
      {context && (
        <section className={styles.context} aria-label={t('No longer seen by the model')}>
          <p>
            {t('No longer seen by the model: {{count}} messages above, {{tokens}} tokens freed', {
              count: context.messages,
              tokens: context.tokens,
            })}
          </p>
          {context.summary !== undefined && (
            <details>
              <summary>{t('Summary that the model sees instead')}</summary>
              <Markdown>{context.summary}</Markdown>
            </details>
          )}
        </section>
      )}
      {attachments?.map(({ name, text }) => (
        <details key={name} className={styles.file}>
          <summary>
            <Paperclip size={14} aria-hidden />
            <bdi>{name}</bdi>
          </summary>
          <pre dir="auto">{text}</pre>
        </details>
      ))}
      {content !== '' && (
        <div className={styles.bubble} dir="auto">
          {content}
        </div>
      )}
    </article>
  )
})

function Answer({ message, below }: { message: SharedAnswer; below: ReactNode }) {
  return (
    <article className={styles.answer} aria-label={t('Assistant')}>
      <AnswerText message={message} />
      {below}
    </article>
  )
}

const AnswerText = memo(function AnswerText({ message }: { message: SharedAnswer }) {
  const { model, temperature, sampling, run, edited } = message
  const { instructions, reasoning, commentary, content } = message
  const facts = [
    edited && t('Edited'),
    effortFact(message),
    ...samplingFacts({ ...sampling, temperature, ...(run && { seed: run.sampling.seed }) }),
  ].filter(Boolean)
  return (
    <>
      <Instructions>{instructions}</Instructions>
      {reasoning !== undefined && <Reasoning message={{ stage: 'finished', reasoning }} />}
      {commentary !== undefined && <Markdown className={styles.commentary}>{commentary}</Markdown>}
      {content !== '' && <Markdown>{content}</Markdown>}
      <p className={styles.facts}>
        <bdi>{model}</bdi> · {facts.join(' · ')}
      </p>
    </>
  )
})

/** A tick and a few words: something is as it should be. */
export function Tick({ children }: { children: ReactNode }) {
  return (
    <span className={styles.tick}>
      <Check size={16} aria-hidden />
      {children}
    </span>
  )
}
