import { useLayoutEffect } from 'react'
import { t } from '../i18n/t'
import { conversationHref, hrefs, parseConversationId, parseRoute } from '../route'
import { useStores } from '../stores/context'

/** Keeps the address and the shown conversation in step, whichever of them changes. */
export function useConversationRoute() {
  const { chat, toasts } = useStores()

  // Before the first paint, so that no empty chat flashes up on the way to an address.
  useLayoutEffect(() => {
    const follow = async () => {
      if (parseRoute(location.hash) !== 'chat') return
      const id = parseConversationId(location.hash)
      if (id === undefined) {
        // A new chat that is shown already keeps what was chosen for it.
        if (chat.getState().conversationId !== undefined) chat.getState().newChat()
      } else if (!(await chat.getState().open(id)) && parseConversationId(location.hash) === id) {
        history.replaceState(null, '', hrefs.chat)
        toasts.getState().show(t('This chat is not in this browser, or was deleted'))
      }
    }
    void follow()
    addEventListener('hashchange', follow)
    // A conversation gets its address when it begins; no new page of history is due for that.
    const unsubscribe = chat.subscribe(({ conversationId }, before) => {
      if (conversationId === before.conversationId || conversationId === undefined) return
      if (parseConversationId(location.hash) !== conversationId)
        history.replaceState(null, '', conversationHref(conversationId))
    })
    return () => {
      removeEventListener('hashchange', follow)
      unsubscribe()
    }
  }, [chat, toasts])
}
