import type { Question } from '../attachments/question-text'
import { newChatDraft } from '../conversations/storage'
import { t } from '../i18n/t'
import { conversationHref, hrefs } from '../route'
import { useStores } from '../stores/context'

/** Begins a new chat with a draft; Undo leads back, and leaves the new chat's draft as it was. */
export function useStartAnew(): (draft: Question) => void {
  const { chat, conversations, attachments, toasts } = useStores()
  return (draft) => {
    const { conversationId } = chat.getState()
    const draftOf = (key: string): Question => ({
      content: conversations.getState().drafts.get(key) ?? '',
      attachments: attachments.getState().drafts.get(key)?.attachments ?? [],
    })
    function setDraft(key: string, draft: Question) {
      conversations.getState().setDraft(key, draft.content)
      attachments.getState().replace(key, draft.attachments ?? [])
    }
    const before = draftOf(newChatDraft)
    const ofOld = draftOf(conversationId ?? newChatDraft)
    setDraft(newChatDraft, draft)
    if (conversationId === undefined) return
    setDraft(conversationId, { content: '' })
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
