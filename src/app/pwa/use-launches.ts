import { useEffect } from 'react'
import { takeShared } from '../../service-worker/shared-items'
import { newChatDraft } from '../conversations/storage'
import { hrefs } from '../route'
import { openShareFile } from '../share/open-share-file'
import { isShareFile } from '../share/share-file'
import { type Stores, useStores } from '../stores/context'

/** How an installed app is told what it was opened for (Launch Handler API). */
interface LaunchQueue {
  setConsumer(
    consume: (launch: { targetURL?: string; files?: readonly FileSystemFileHandle[] }) => void,
  ): void
}

declare global {
  interface Window {
    /** Chromium only. */
    readonly launchQueue?: LaunchQueue
  }
}

/** Takes what the installed app is opened with: a shortcut, a file, or what another app shares. */
export function useLaunches() {
  const stores = useStores()
  useEffect(() => {
    if (new URLSearchParams(location.search).has('shared')) void takeIntoDraft(stores)
    window.launchQueue?.setConsumer(({ targetURL, files = [] }) => {
      const [file] = files
      if (file) void file.getFile().then((file) => open(stores, file))
      // Without a route, whoever opens the app wants to see what is open already.
      else if (targetURL) location.hash = new URL(targetURL).hash || location.hash
    })
  }, [stores])
}

/** A share shows itself before anything is kept; a backup is asked about. */
function open(stores: Stores, file: File) {
  if (isShareFile(file)) void openShareFile(stores, file)
  else stores.dialogs.getState().show({ name: 'import', file })
}

/** What was shared becomes the draft of a new chat, after what is written there. It is not sent. */
async function takeIntoDraft({ attachments, chat, conversations }: Stores) {
  // First: loaded again, the page shall not take anything twice.
  const address = new URL(location.href)
  address.searchParams.delete('shared')
  address.hash = hrefs.chat
  history.replaceState(null, '', address)
  chat.getState().newChat()
  const items = await takeShared()
  if (!items) return
  await conversations.getState().start()
  const written = conversations.getState().drafts.get(newChatDraft)
  const text = [written, items.text].filter(Boolean).join('\n\n')
  conversations.getState().setDraft(newChatDraft, text)
  if (items.files.length > 0) await attachments.getState().add(newChatDraft, items.files)
}
