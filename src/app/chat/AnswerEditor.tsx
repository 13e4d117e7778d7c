import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import type { AssistantMessage } from '../conversations/conversation'
import { t } from '../i18n/t'
import { useShownServer, useStores } from '../stores/context'
import { Button } from '../ui/Button'
import styles from './AnswerEditor.module.css'

interface AnswerEditorProps {
  message: AssistantMessage
  onClose: () => void
}

/** Changes what the model wrote, as another version; the model can be made to write on from there. */
export function AnswerEditor({ message, onClose }: AnswerEditorProps) {
  const { chat } = useStores()
  const [reasoning, setReasoning] = useState(message.reasoning)
  const [content, setContent] = useState(message.content)
  const answer = useRef<HTMLTextAreaElement>(null)
  // For servers nobody has agreed how one is asked to go on.
  const canGoOn = useShownServer() === undefined && message.remote === undefined
  const hint = useId()
  const isChanged = reasoning !== message.reasoning || content !== message.content
  const hasAnswer = content.trim() !== ''

  useEffect(() => answer.current?.focus(), [])

  const save = (goesOn: boolean) => {
    onClose()
    void chat.getState().rewrite(message.id, { reasoning, content }, goesOn)
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (isChanged && hasAnswer) save(false)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      onClose()
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      onSubmit(event)
    }
  }
  return (
    <form
      className={styles.editor}
      aria-label={t('Edit answer')}
      onSubmit={onSubmit}
      onKeyDown={onKeyDown}
    >
      {message.reasoning !== '' && (
        <label className={styles.field}>
          {t('Reasoning')}
          <textarea
            className={styles.reasoning}
            dir="auto"
            rows={2}
            value={reasoning}
            onChange={(event) => setReasoning(event.target.value)}
          />
        </label>
      )}
      <label className={styles.field}>
        {t('Answer')}
        <textarea
          ref={answer}
          aria-describedby={canGoOn ? hint : undefined}
          dir="auto"
          rows={2}
          value={content}
          onChange={(event) => setContent(event.target.value)}
        />
      </label>
      {canGoOn && (
        <p id={hint} className={styles.hint}>
          {t(
            'The model can write on from the end of your text. Where you change the reasoning alone, it answers anew.',
          )}
        </p>
      )}
      <div className={styles.buttons}>
        <Button onClick={onClose}>{t('Cancel')}</Button>
        {canGoOn && (
          <Button disabled={reasoning.trim() === '' && !hasAnswer} onClick={() => save(true)}>
            {t('Save and continue')}
          </Button>
        )}
        <Button look="primary" type="submit" disabled={!isChanged || !hasAnswer}>
          {t('Save')}
        </Button>
      </div>
    </form>
  )
}
