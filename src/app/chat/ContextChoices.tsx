import { useEffect, useState } from 'react'
import type { Question } from '../attachments/question-text'
import type { ContextStart } from '../conversations/conversation'
import { t } from '../i18n/t'
import type { Room } from '../stores/chat-store'
import { useStores } from '../stores/context'
import { Button } from '../ui/Button'
import styles from './ContextChoices.module.css'
import { useStartAnew } from './use-start-anew'

interface ContextChoicesProps {
  /** What was to be said: a new chat begins with it as its draft. */
  question: Question
  /** Whether it is the chat's last question, and not yet to be sent. */
  isSent: boolean
  onRoom: (room: Room) => void
}

/** What to do when the context is full. Where one question fills it, making room cannot help. */
export function ContextChoices({ question, isSent, onRoom }: ContextChoicesProps) {
  const startAnew = useStartAnew()
  const plan = usePlan(isSent ? undefined : question)
  return (
    <>
      <Button onClick={() => startAnew(question)}>{t('Start a new chat')}</Button>
      {plan && (
        <>
          <Button onClick={() => onRoom('drop')}>{t('Drop the oldest messages')}</Button>
          <Button onClick={() => onRoom('summarise')}>{t('Summarise them')}</Button>
          <p className={styles.plan}>
            {t('This leaves out the {{count}} oldest messages and frees {{tokens}} tokens.', {
              count: plan.messages,
              tokens: plan.tokens,
            })}
          </p>
        </>
      )}
    </>
  )
}

/** A pause in typing after which it is planned anew. */
const typingMs = 250

/** What has to go so that there is room for a next question, or the last one; undefined for nothing. */
function usePlan(next: Question | undefined): ContextStart | undefined {
  const { chat } = useStores()
  const [plan, setPlan] = useState<ContextStart>()
  const content = next?.content
  const attachments = next?.attachments

  useEffect(() => {
    let isOver = false
    const make = async () => {
      const question =
        content === undefined ? undefined : { content, ...(attachments && { attachments }) }
      const made = await chat.getState().planRoom(question)
      if (!isOver) setPlan(made)
    }
    // Without a model nothing can be counted, and nothing be sent either.
    const timer = setTimeout(() => void make().catch(() => {}), typingMs)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [chat, content, attachments])

  return plan
}
