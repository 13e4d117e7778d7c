import { type ReactNode, useEffect, useId, useRef } from 'react'
import styles from './Dialog.module.css'

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
  actions: ReactNode
}

/** A question that must be answered before anything else. */
export function Dialog({ title, open, wide = false, onClose, children, actions }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()

  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])

  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      data-wide={wide}
      aria-labelledby={heading}
      closedby="any"
      // React lets it come up from dialogs within this one, too.
      onClose={({ target, currentTarget }) => target === currentTarget && onClose()}
    >
      {open && (
        <div className={styles.body}>
          <h2 id={heading}>{title}</h2>
          {children}
          <div className={styles.actions}>{actions}</div>
        </div>
      )}
    </dialog>
  )
}
