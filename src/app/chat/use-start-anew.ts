import { newChatDraft } from '../conversations/storage'
import { t } from '../i18n/t'
import { conversationHref, hrefs } from '../route'
import { useStores } from '../stores/context'

/** Begins a new chat with a draft; Undo leads back, and leaves the new chat's draft as it was. */
export function useStartAnew(): (draft: string) => void {
  const { chat, conversations, toasts } = useStores()
  return (draft) => {
    const { conversationId } = chat.getState()
    const { drafts, setDraft } = conversations.getState()
    const before = drafts.get(newChatDraft) ?? ''
    const ofOld = conversationId === undefined ? '' : (drafts.get(conversationId) ?? '')
    setDraft(newChatDraft, draft)
    if (conversationId === undefined) return
    setDraft(conversationId, '')
    location.hash = hrefs.chat
    toasts.getState().show(t('Your message is in a new chat'), {
      label: t('Undo'),
      run() {
        setDraft(newChatDraft, before)
        setDraft(conversationId, ofOld)
        location.hash = conversationHref(conversationId)
      },
    })
  }
}
