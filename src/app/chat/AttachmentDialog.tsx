import type { Attachment } from '../conversations/conversation'
import { t } from '../i18n/t'
import { Button } from '../ui/Button'
import { CopyButton } from '../ui/CopyButton'
import { Dialog } from '../ui/Dialog'
import styles from './AttachmentDialog.module.css'

interface AttachmentDialogProps {
  /** The file whose text is shown; nothing is shown while this is undefined. */
  attachment: Attachment | undefined
  onClose: () => void
}

/** What the model is given of a file. */
export function AttachmentDialog({ attachment, onClose }: AttachmentDialogProps) {
  return (
    <Dialog
      title={attachment?.name ?? ''}
      open={attachment !== undefined}
      wide
      onClose={onClose}
      actions={
        <>
          <CopyButton text={attachment?.text ?? ''} label={t('Copy')} />
          <Button onClick={onClose}>{t('Close')}</Button>
        </>
      }
    >
      <textarea
        className={styles.text}
        aria-label={t('Text of the file')}
        dir="auto"
        readOnly
        value={attachment?.text}
      />
    </Dialog>
  )
}
