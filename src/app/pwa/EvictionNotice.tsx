import { useRef } from 'react'
import { importBackup } from '../chat/import-backup'
import { formatBytes, formatList } from '../format'
import { t } from '../i18n/t'
import { useEviction, useStores } from '../stores/context'
import { Button } from '../ui/Button'
import { Notice } from '../ui/Notice'
import type { Belongings } from './eviction-store'

/** The browser has cleared what was here: what is gone, why that happens, and what helps. */
export function EvictionNotice() {
  const stores = useStores()
  const lost = useEviction((state) => state.lost)
  const dismiss = useEviction((state) => state.dismiss)
  const picker = useRef<HTMLInputElement>(null)
  if (!lost) return null
  const restore = async (file: File) => {
    const reason = await importBackup(stores, file)
    if (reason === undefined) dismiss()
    else stores.toasts.getState().show(t('Nothing was changed, because {{reason}}.', { reason }))
  }
  return (
    <Notice
      title={t('The browser has cleared what was stored here: {{things}}', {
        things: formatList(thingsOf(lost)),
      })}
      actions={
        <>
          <Button onClick={() => picker.current?.click()}>{t('Import a backup')}</Button>
          <Button look="plain" onClick={dismiss}>
            {t('Dismiss')}
          </Button>
          <input
            ref={picker}
            type="file"
            hidden
            aria-label={t('Backup file')}
            accept=".json,application/json"
            onChange={({ target }) => {
              const file = target.files?.[0]
              // The same file may be picked again.
              target.value = ''
              if (file) void restore(file)
            }}
          />
        </>
      }
    >
      {t(
        'Browsers do that when the disk is nearly full, some also after weeks without a visit. Models can be downloaded again. An installed app, or a bookmark, makes the browser keep more.',
      )}
    </Notice>
  )
}

function thingsOf({ chats, modelBytes }: Belongings): string[] {
  return [
    ...(chats > 0 ? [t('{{count}} chats', { count: chats })] : []),
    ...(modelBytes > 0 ? [t('{{bytes}} of models', { bytes: formatBytes(modelBytes) })] : []),
  ]
}
