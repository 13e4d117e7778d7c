import { useEffect } from 'react'
import { useStores } from '../stores/context'

const badge = '● '

/** Marks the tab when an answer ends behind another one, until the reader comes back. */
export function useTitleBadge() {
  const { chat } = useStores()

  useEffect(() => {
    const unsubscribe = chat.subscribe(({ writing }, before) => {
      const hasEnded = [...before.writing].some((id) => !writing.has(id))
      if (hasEnded && document.hidden && !document.title.startsWith(badge))
        document.title = badge + document.title
    })
    const clear = () => {
      if (!document.hidden && document.title.startsWith(badge))
        document.title = document.title.slice(badge.length)
    }
    document.addEventListener('visibilitychange', clear)
    return () => {
      unsubscribe()
      document.removeEventListener('visibilitychange', clear)
    }
  }, [chat])
}
