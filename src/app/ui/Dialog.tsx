import type { ReactNode } from 'react'
import styles from './Dialog.module.css'
import { useModal } from './use-modal'

interface DialogProps {
  title: string
  /** Shown while this is true. */
  open: boolean
  /** As wide as a page of text. */
  wide?: boolean
  /** Called when it closes by Esc or by a press beside it. */
  onClose: () => void
  children: ReactNode
  /** Buttons, the safest one first: it gets the focus. */
  actions?: ReactNode
  /** The content goes up to the edges, and the title is only heard. */
  bare?: boolean
}

/** Something over the page that is to be dealt with before anything else. */
export function Dialog({
  title,
  open,
  wide = false,
  onClose,
  children,
  actions,
  bare = false,
}: DialogProps) {
  const { heading, dialogProps } = useModal(open, onClose)
  return (
    <dialog className={styles.dialog} data-wide={wide} {...dialogProps}>
      {open && (
        <div className={bare ? undefined : styles.body}>
          <h2 id={heading} className={bare ? 'visually-hidden' : undefined}>
            {title}
          </h2>
          {children}
          {actions && <div className={styles.actions}>{actions}</div>}
        </div>
      )}
    </dialog>
  )
}
