import { Download, Upload } from 'lucide-react'
import { useRef, useState } from 'react'
import { formatDate } from '../format'
import { t } from '../i18n/t'
import { openShareFile } from '../share/open-share-file'
import { isShareFile, shareExtension } from '../share/share-file'
import { useConversations, useStores } from '../stores/context'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import styles from './BackupBar.module.css'
import { backUp } from './back-up'
import { importBackup } from './import-backup'

/** Browsers clear a site's data whole: one press keeps a copy elsewhere, another brings it back. */
export function BackupBar() {
  const stores = useStores()
  const lastBackupAt = useConversations((state) => state.lastBackupAt)
  const keeps = useConversations((state) => state.keeps)
  const [refusal, setRefusal] = useState<string>()
  const picker = useRef<HTMLInputElement>(null)

  const open = async (file: File) => {
    if (isShareFile(file)) await openShareFile(stores, file)
    else setRefusal(await importBackup(stores, file))
  }

  return (
    <div className={styles.bar}>
      <Button look="plain" className={styles.backUp} onClick={() => void backUp(stores)}>
        <Download size={16} aria-hidden />
        <span className={styles.text}>
          {t('Back up')}
          <span className={styles.last}>
            {keeps ? lastText(lastBackupAt) : t('Nothing is kept in this browser')}
          </span>
        </span>
      </Button>
      <Button
        look="plain"
        square
        aria-label={t('Import chats')}
        onClick={() => picker.current?.click()}
      >
        <Upload size={16} aria-hidden />
      </Button>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label={t('Backup file')}
        accept={`.json,application/json,${shareExtension}`}
        onChange={({ target }) => {
          const file = target.files?.[0]
          // The same file may be picked again.
          target.value = ''
          if (file) void open(file)
        }}
      />
      <Dialog
        title={t('This file was not imported')}
        open={refusal !== undefined}
        onClose={() => setRefusal(undefined)}
        actions={<Button onClick={() => setRefusal(undefined)}>{t('Close')}</Button>}
      >
        <p>{refusal && t('Nothing was changed, because {{reason}}.', { reason: refusal })}</p>
      </Dialog>
    </div>
  )
}

function lastText(at: number | undefined): string {
  if (at === undefined) return t('Never backed up')
  return t('Last on {{date}}', { date: formatDate(at) })
}
