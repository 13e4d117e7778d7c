import { useSyncExternalStore } from 'react'

/** The address's `#…` part. */
export const useHash = () => useSyncExternalStore(subscribe, () => location.hash)

function subscribe(onChange: () => void): () => void {
  addEventListener('hashchange', onChange)
  return () => removeEventListener('hashchange', onChange)
}
