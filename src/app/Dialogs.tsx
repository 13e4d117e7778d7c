import { Suspense } from 'react'
import { RenameDialog } from './chat/RenameDialog'
import { TagsDialog } from './chat/TagsDialog'
import { PaletteDialog } from './commands/PaletteDialog'
import { t } from './i18n/t'
import { useConversations, useDialogs } from './stores/context'
import { Button } from './ui/Button'
import { Dialog } from './ui/Dialog'
import { onDemand } from './ui/on-demand'

const ShortcutsList = onDemand(async () => (await import('./commands/ShortcutsList')).ShortcutsList)
const ShareForm = onDemand(async () => (await import('./share/ShareForm')).ShareForm)
const ImportDialog = onDemand(async () => (await import('./chat/ImportDialog')).ImportDialog)
const Settings = onDemand(async () => (await import('./settings/Settings')).Settings)
const NetworkPanel = onDemand(async () => (await import('./network/NetworkPanel')).NetworkPanel)

/** What lies over the page when it is called for; most of it is fetched only then. */
export function Dialogs() {
  const { dialog, close } = useDialogs((state) => state)
  const about = useConversations(({ conversations }) =>
    dialog && 'conversationId' in dialog
      ? conversations?.find(({ id }) => id === dialog.conversationId)
      : undefined,
  )
  return (
    <>
      <PaletteDialog open={dialog?.name === 'palette'} onClose={() => close('palette')} />
      <Dialog
        title={t('Keyboard shortcuts')}
        open={dialog?.name === 'shortcuts'}
        onClose={() => close('shortcuts')}
        actions={<Button onClick={() => close('shortcuts')}>{t('Close')}</Button>}
      >
        <Suspense>
          <ShortcutsList />
        </Suspense>
      </Dialog>
      <Dialog
        title={t('Settings')}
        open={dialog?.name === 'settings'}
        onClose={() => close('settings')}
        actions={<Button onClick={() => close('settings')}>{t('Close')}</Button>}
      >
        <Suspense>
          <Settings />
        </Suspense>
      </Dialog>
      <Dialog
        title={t('Share this chat')}
        wide
        open={dialog?.name === 'share'}
        onClose={() => close('share')}
        actions={<Button onClick={() => close('share')}>{t('Close')}</Button>}
      >
        <Suspense>
          {dialog?.name === 'share' && about && <ShareForm conversation={about} />}
        </Suspense>
      </Dialog>
      <Dialog
        title={t('Network')}
        open={dialog?.name === 'network'}
        wide
        onClose={() => close('network')}
        actions={<Button onClick={() => close('network')}>{t('Close')}</Button>}
      >
        <Suspense>
          <NetworkPanel />
        </Suspense>
      </Dialog>
      <RenameDialog
        conversation={dialog?.name === 'rename' ? about : undefined}
        onClose={() => close('rename')}
      />
      <TagsDialog
        conversation={dialog?.name === 'tags' ? about : undefined}
        onClose={() => close('tags')}
      />
      {dialog?.name === 'import' && (
        <Suspense>
          <ImportDialog file={dialog.file} onClose={() => close('import')} />
        </Suspense>
      )}
    </>
  )
}
