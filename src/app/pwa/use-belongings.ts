import { useEffect } from 'react'
import { bundledModel } from '../model/models'
import { useStores } from '../stores/context'

/** Tells whether the browser has cleared what was here, and remembers what is. */
export function useBelongings() {
  const { conversations, eviction, models } = useStores()
  useEffect(() => {
    void eviction.getState().start()
    const noteChats = () => {
      const { conversations: chats, keeps } = conversations.getState()
      if (chats && keeps) eviction.getState().note({ chats: chats.length })
    }
    const noteModels = () => {
      const { models: entries, storage } = models.getState()
      // The one that comes with the app is back before anybody misses it.
      const own = entries.filter(({ card }) => card !== bundledModel)
      const modelBytes = own.reduce((sum, { stored }) => sum + (stored?.storedBytes ?? 0), 0)
      if (storage) eviction.getState().note({ modelBytes })
    }
    const unsubscribes = [conversations.subscribe(noteChats), models.subscribe(noteModels)]
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe()
    }
  }, [conversations, eviction, models])
}
