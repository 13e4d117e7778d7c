import { t } from '../i18n/t'
import { useStores } from '../stores/context'

/** Deletes a message and all that follows it, and offers to bring them back. */
export function useRemoveMessage(): (messageId: string) => Promise<void> {
  const { chat, toasts } = useStores()
  return async (messageId) => {
    const undo = await chat.getState().remove(messageId)
    toasts.getState().show(t('Deleted the message and what follows it'), {
      label: t('Undo'),
      run: () => void undo(),
    })
  }
}
