import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { t } from '../i18n/t'
import type { Toast } from '../stores/toasts-store'
import { Button } from './Button'
import styles from './Toasts.module.css'

/** Time to read a line and to reach its button. */
const shownMs = 10_000

interface ToastsProps {
  toasts: readonly Toast[]
  onDismiss: (id: number) => void
}

/** Notes that go away by themselves, but never under the pointer or the focus. */
export function Toasts({ toasts, onDismiss }: ToastsProps) {
  return (
    <section className={styles.toasts} aria-label={t('Notices')} aria-live="polite">
      {toasts.map((toast) => (
        <ToastNote key={toast.id} toast={toast} onDismiss={() => onDismiss(toast.id)} />
      ))}
    </section>
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
    // biome-ignore lint/a11y/noStaticElementInteractions: it only waits while it is looked at
    <div
      className={styles.toast}
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocus={hold}
      onBlur={release}
    >
      <span className={styles.text}>{text}</span>
      {action && (
        <Button
          onClick={() => {
            action.run()
            onDismiss()
          }}
        >
          {action.label}
        </Button>
      )}
      <Button look="plain" square aria-label={t('Dismiss')} onClick={onDismiss}>
        <X size={16} aria-hidden />
      </Button>
    </div>
  )
}
