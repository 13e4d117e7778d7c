import { type Refusal, refusalText } from '../attachments/refusal'
import { t } from '../i18n/t'
import { Button } from '../ui/Button'
import { Notice } from '../ui/Notice'
import styles from './AttachmentRefusals.module.css'

interface AttachmentRefusalsProps {
  refusals: readonly Refusal[]
  onDismiss: () => void
}

/** Files that were not attached, and why. */
export function AttachmentRefusals({ refusals, onDismiss }: AttachmentRefusalsProps) {
  const [first] = refusals
  if (first === undefined) return null
  const isOne = refusals.length === 1
  return (
    <Notice
      title={
        isOne
          ? t('{{name}} was not attached', { name: first.name })
          : t('{{count}} files were not attached', { count: refusals.length })
      }
      actions={<Button onClick={onDismiss}>{t('Dismiss')}</Button>}
    >
      {isOne ? (
        refusalText(first.cause)
      ) : (
        <span className={styles.list}>
          {refusals.map(({ name, cause }) => (
            <span key={name}>
              <strong>{name}</strong>: {refusalText(cause)}
            </span>
          ))}
        </span>
      )}
    </Notice>
  )
}
