import { useState } from 'react'
import { t } from '../i18n/t'
import { useStores } from '../stores/context'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import { importBackup } from './import-backup'

interface ImportDialogProps {
  /** The file that the app was opened with. */
  file: File
  onClose: () => void
}

/** Asks before a file that was opened from elsewhere is added to what is here. */
export function ImportDialog({ file, onClose }: ImportDialogProps) {
  const stores = useStores()
  const [refusal, setRefusal] = useState<string>()
  const add = async () => {
    const reason = await importBackup(stores, file)
    if (reason === undefined) onClose()
    else setRefusal(reason)
  }
  return (
    <Dialog
      title={
        refusal === undefined ? t('Import chats from this file?') : t('This file was not imported')
      }
      open
      onClose={onClose}
      actions={
        refusal === undefined ? (
          <>
            <Button onClick={onClose}>{t('Cancel')}</Button>
            <Button look="primary" onClick={() => void add()}>
              {t('Import')}
            </Button>
          </>
        ) : (
          <Button onClick={onClose}>{t('Close')}</Button>
        )
      }
    >
      <p>
        {refusal === undefined
          ? t('{{name}} is added to the chats in this browser; none of them changes.', {
              name: file.name,
            })
          : t('Nothing was changed, because {{reason}}.', { reason: refusal })}
      </p>
    </Dialog>
  )
}
