import { useEffect } from 'react'
import { useStores } from '../stores/context'

/** Tells whether the browser has cleared what was here, and remembers what is. */
export function useBelongings() {
  const { conversations, eviction, models } = useStores()
  useEffect(() => {
    void eviction.getState().start()
    const note = () => {
      const { conversations: chats, keeps } = conversations.getState()
      const { models: entries, storage } = models.getState()
      if (!chats || !keeps || !storage) return
      const modelBytes = entries.reduce((sum, { stored }) => sum + (stored?.storedBytes ?? 0), 0)
      eviction.getState().note({ chats: chats.length, modelBytes })
    }
    const unsubscribes = [conversations.subscribe(note), models.subscribe(note)]
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe()
    }
  }, [conversations, eviction, models])
}
