import { useSyncExternalStore } from 'react'

/** Room for the conversations beside the chat. */
const wide = '(min-width: 60rem)'

export const isWide = () => matchMedia(wide).matches

export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, isWide)
}

function subscribe(onChange: () => void): () => void {
  const query = matchMedia(wide)
  query.addEventListener('change', onChange)
  return () => query.removeEventListener('change', onChange)
}
