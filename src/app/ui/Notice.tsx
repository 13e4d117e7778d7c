import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import styles from './Notice.module.css'

interface NoticeProps {
  /** What happened. */
  title: string
  /** What to do about it. */
  children: ReactNode
  actions?: ReactNode
}

/** Something went wrong: what, and what to do. Read aloud when it appears. */
export function Notice({ title, children, actions }: NoticeProps) {
  return (
    <div className={styles.notice} role="alert">
      <CircleAlert className={styles.icon} size={18} aria-hidden />
      <div className={styles.text}>
        <p className={styles.title}>{title}</p>
        <p>{children}</p>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
    </div>
  )
}
