import { X } from 'lucide-react'
import { type HTMLAttributes, type ReactNode, useEffect, useState } from 'react'
import { createPortal } from 'react-dom'
import { t } from '../i18n/t'
import type { Toast } from '../stores/toasts-store'
import { Button } from './Button'
import styles from './Toasts.module.css'
import { useTopModal } from './top-modal'

/** Time to read a line and to reach its button. */
const shownMs = 10_000

interface ToastsProps {
  toasts: readonly Toast[]
  onDismiss: (id: number) => void
  /** Notes that stay, above those that go. */
  children?: ReactNode
}

/**
 * Notes that go away by themselves, but never under the pointer or the focus. Where a dialog lies over
 * the page they are in it: elsewhere they could be neither pressed nor heard.
 */
export function Toasts({ toasts, onDismiss, children }: ToastsProps) {
  const host = useTopModal() ?? document.body
  return createPortal(
    <section className={styles.toasts} aria-label={t('Notices')} aria-live="polite">
      {children}
      {toasts.map((toast) => (
        <ToastNote key={toast.id} toast={toast} onDismiss={() => onDismiss(toast.id)} />
      ))}
    </section>,
    host,
  )
}

function ToastNote({ toast, onDismiss }: { toast: Toast; onDismiss: () => void }) {
  const { text, action } = toast
  const [held, setHeld] = useState(false)

  useEffect(() => {
    if (held) return
    const timer = setTimeout(onDismiss, shownMs)
    return () => clearTimeout(timer)
  }, [held, onDismiss])

  const hold = () => setHeld(true)
  const release = () => setHeld(false)
  return (
    <Note
      text={text}
      action={
        action && {
          ...action,
          run() {
            action.run()
            onDismiss()
          },
        }
      }
      onDismiss={onDismiss}
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocus={hold}
      onBlur={release}
    />
  )
}

interface NoteProps extends HTMLAttributes<HTMLDivElement> {
  text: string
  action?: Toast['action']
  onDismiss: () => void
}

/** Over the page: what happened, perhaps what to do about it, and a way to put the note away. */
export function Note({ text, action, onDismiss, ...attributes }: NoteProps) {
  return (
    <div className={styles.toast} {...attributes}>
      <span className={styles.text}>{text}</span>
      {action && <Button onClick={action.run}>{action.label}</Button>}
      <Button look="plain" square aria-label={t('Dismiss')} onClick={onDismiss}>
        <X size={16} aria-hidden />
      </Button>
    </div>
  )
}
