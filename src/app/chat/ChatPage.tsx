import { Paperclip } from 'lucide-react'
import { Suspense, useState } from 'react'
import { t } from '../i18n/t'
import { LoadFailure } from '../model/LoadFailure'
import { isUnsupported, Unsupported } from '../model/Unsupported'
import { EvictionNotice } from '../pwa/EvictionNotice'
import { SettingsMark } from '../settings/SettingsMark'
import { openShareFile } from '../share/open-share-file'
import { isShareFile } from '../share/share-file'
import {
  useChat,
  useChatSettings,
  useConversations,
  useDraftKey,
  useEngine,
  useLibrary,
  useSettings,
  useShownServer,
  useStores,
} from '../stores/context'
import { DropOverlay } from '../ui/DropOverlay'
import { Notice } from '../ui/Notice'
import { onDemand } from '../ui/on-demand'
import { useDropTarget } from '../ui/use-drop-target'
import { Announcer } from './Announcer'
import styles from './ChatPage.module.css'
import { Composer } from './Composer'
import { Conversation } from './Conversation'
import { Sidebar } from './Sidebar'
import { useIsWide } from './use-is-wide'

/** The conversation, where the user writes, and beside them all conversations. */
export function ChatPage() {
  const stores = useStores()
  const { attachments } = stores
  const draftKey = useDraftKey()
  const drop = useDropTarget(({ files }) => {
    const shared = [...files].find(isShareFile)
    if (shared) void openShareFile(stores, shared)
    else void attachments.getState().add(draftKey, [...files])
  })
  const error = useEngine(({ status }) => (status.phase === 'failed' ? status.error : undefined))
  const hasMessages = useChat((state) => state.messages.length > 0)
  const isWide = useIsWide()
  const showsSidebar = useSettings((state) => state.showsSidebar)
  const server = useShownServer()
  // Where a server answers, nobody needs this device's model.
  const failure = server ? undefined : error

  if (failure && isUnsupported(failure) && !hasMessages) return <Unsupported error={failure} />
  return (
    <div className={styles.page} {...drop.handlers}>
      {isWide && showsSidebar && (
        <aside className={styles.aside}>
          <Sidebar />
        </aside>
      )}
      <Conversation />
      <footer className={styles.dock}>
        {failure && <LoadFailure error={failure} />}
        <EvictionNotice />
        <SavingNotice />
        <SettingsMark />
        <Composer />
      </footer>
      <Announcer />
      <Overlays />
      {drop.isOver && (
        <DropOverlay
          icon={Paperclip}
          title={t('Drop files to attach them')}
          note={t('Text, code, CSV, Markdown and PDF')}
        />
      )}
    </div>
  )
}

const ChatSettingsPanel = onDemand(
  async () => (await import('../settings/ChatSettingsPanel')).ChatSettingsPanel,
)
const TemplateDialog = onDemand(
  async () => (await import('../templates/TemplateDialog')).TemplateDialog,
)

/** What lies over the chat now and then. It is fetched when it is first wanted, and stays. */
function Overlays() {
  const wantsSettings = useOnceTrue(useChatSettings((state) => state.isOpen))
  const wantsTemplate = useOnceTrue(useLibrary((state) => state.filling !== undefined))
  return (
    <Suspense>
      {wantsSettings && <ChatSettingsPanel />}
      {wantsTemplate && <TemplateDialog />}
    </Suspense>
  )
}

/** Whether `value` has ever been true. */
function useOnceTrue(value: boolean): boolean {
  const [was, setWas] = useState(value)
  if (value && !was) setWas(true)
  return was
}

/** Nothing is lost on the page itself; what is written to storage may be. */
function SavingNotice() {
  const saveFailed = useConversations((state) => state.saveFailed)
  if (!saveFailed) return null
  return (
    <Notice title={t('This chat is not being saved')}>
      {t(
        'The browser refuses to store more. Free some space, for instance by deleting a model; saving goes on by itself.',
      )}
    </Notice>
  )
}
