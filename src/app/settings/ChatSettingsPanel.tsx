import { useEffect, useId, useState } from 'react'
import { instructionsLengthMax } from '../conversations/chat-settings'
import { t } from '../i18n/t'
import { useChat, useChatSettings } from '../stores/context'
import type { OfferedTemplate } from '../templates/built-in'
import { TemplateList } from '../templates/TemplateList'
import { useInsertTemplate } from '../templates/use-insert-template'
import { Sheet } from '../ui/Sheet'
import styles from './Fields.module.css'
import { PersonaPicker } from './PersonaPicker'
import { SamplingFields } from './SamplingFields'

/** What the answers of the shown chat are asked with, and the prompts to begin from. */
export function ChatSettingsPanel() {
  const isOpen = useChatSettings((state) => state.isOpen)
  const close = useChatSettings((state) => state.close)
  const isNew = useChat((state) => state.conversationId === undefined)
  const insert = useInsertTemplate()
  /** The template that was pressed: it is used when nothing lies over the composer any more. */
  const [chosen, setChosen] = useState<OfferedTemplate>()

  // Back and forward lead away from under it.
  useEffect(() => {
    addEventListener('hashchange', close)
    return () => removeEventListener('hashchange', close)
  }, [close])

  const onClose = () => {
    close()
    if (chosen) insert(chosen)
    setChosen(undefined)
  }
  return (
    <Sheet title={t('Chat settings')} open={isOpen} onClose={onClose}>
      <section className={styles.section} aria-label={t('Instructions')}>
        <p className={styles.hint}>
          {isNew
            ? t('For the chat that you begin next.')
            : t('For this chat. What you change counts from the next answer on.')}
        </p>
        <PersonaPicker />
        <Instructions />
      </section>
      <SamplingFields />
      <TemplateList
        onChoose={(template) => {
          setChosen(template)
          close()
        }}
      />
    </Sheet>
  )
}

function Instructions() {
  const instructions = useChatSettings((state) => state.settings.instructions)
  const change = useChatSettings((state) => state.change)
  const id = useId()
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {t('Instructions')}
      </label>
      <textarea
        id={id}
        className={[styles.text, styles.long].join(' ')}
        aria-describedby={`${id}hint`}
        rows={5}
        dir="auto"
        maxLength={instructionsLengthMax}
        value={instructions}
        onChange={({ target }) => change({ instructions: target.value })}
      />
      <p id={`${id}hint`} className={styles.hint}>
        {t('What the model should know, who it should be, how it should answer.')}
      </p>
    </div>
  )
}
