import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { t } from '../i18n/t'
import { Button } from './Button'
import styles from './Sheet.module.css'
import { useModal } from './use-modal'

interface SheetProps {
  title: string
  /** Shown while this is true. */
  open: boolean
  /** Called when it has closed: by its button, by Esc or by a press beside it. */
  onClose: () => void
  children: ReactNode
}

/** A page of its own at the side of the window, or, where that is narrow, all over it. */
export function Sheet({ title, open, onClose, children }: SheetProps) {
  const { close, heading, dialogProps } = useModal(open, onClose)
  return (
    <dialog className={styles.sheet} {...dialogProps}>
      {open && (
        <>
          <header className={styles.head}>
            <h2 id={heading} className={styles.title}>
              {title}
            </h2>
            <Button look="plain" square aria-label={t('Close')} onClick={close}>
              <X size={18} aria-hidden />
            </Button>
          </header>
          <div className={styles.body}>{children}</div>
        </>
      )}
    </dialog>
  )
}
