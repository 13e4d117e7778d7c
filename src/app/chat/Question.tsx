import { memo } from 'react'
import type { UserMessage } from '../conversations/conversation'
import styles from './Question.module.css'

/** What the user wrote. */
export const Question = memo(function Question({ message }: { message: UserMessage }) {
  return (
    <article className={styles.question} aria-label="You" dir="auto">
      {message.content}
    </article>
  )
})
