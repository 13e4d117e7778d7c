import { useEffect } from 'react'
import { useStores } from '../stores/context'

/**
 * Reads the lists of conversations, servers, personas and templates, and writes what is unsaved
 * before the page goes away.
 */
export function useKeeping() {
  const { chat, chatSettings, conversations, attachments, endpoints, library, storage } =
    useStores()

  useEffect(() => {
    void conversations.getState().start()
    void attachments.getState().start()
    void endpoints.getState().start()
    void library.getState().start()
    const flush = () => {
      chatSettings.getState().flush()
      void chat.getState().flush()
      void conversations.getState().flush()
    }
    // A hidden page lives to see the end of its writes; were they noted too, another tab could do one
    // again after a newer one.
    const leave = () => {
      flush()
      storage.keepUnwritten()
    }
    // A phone ends a page in the background without another word.
    document.addEventListener('visibilitychange', flush)
    addEventListener('pagehide', leave)
    return () => {
      document.removeEventListener('visibilitychange', flush)
      removeEventListener('pagehide', leave)
    }
  }, [chat, chatSettings, conversations, attachments, endpoints, library, storage])
}
