import { useEffect } from 'react'
import { useStores } from '../stores/context'

/**
 * Reads the lists of conversations, servers, personas and templates, and writes what is unsaved
 * before the page goes away.
 */
export function useKeeping() {
  const { chat, conversations, attachments, endpoints, library } = useStores()

  useEffect(() => {
    void conversations.getState().start()
    void attachments.getState().start()
    void endpoints.getState().start()
    void library.getState().start()
    const flush = () => {
      void chat.getState().flush()
      void conversations.getState().flush()
    }
    // A phone ends a page in the background without another word.
    document.addEventListener('visibilitychange', flush)
    addEventListener('pagehide', flush)
    return () => {
      document.removeEventListener('visibilitychange', flush)
      removeEventListener('pagehide', flush)
    }
  }, [chat, conversations, attachments, endpoints, library])
}
