import { useSyncExternalStore } from 'react'

/** Everything the page can show has an address of its own, after the `#`: any static server will do. */
export type Route = 'chat' | 'models' | 'shared'

/** Where a link leads, relative to the page wherever it is served from. */
export const hrefs: Readonly<Record<Exclude<Route, 'shared'>, string>> = {
  chat: '#/',
  models: '#/models',
}

/** Where a conversation is. */
export const conversationHref = (id: string) => `#/c/${id}`

/** Begins the part of an address in which a whole share is. */
export const sharePrefix = '#/s/'

/** The conversation that an address's `#…` part names. */
export function parseConversationId(hash: string): string | undefined {
  return /^#\/c\/([\w-]{1,64})$/.exec(hash)?.[1]
}

/** The route of an address's `#…` part. What nobody knows is the chat: old links still open. */
export function parseRoute(hash: string): Route {
  if (hash.startsWith(sharePrefix)) return 'shared'
  return /^#\/models(?=$|[/?])/.test(hash) ? 'models' : 'chat'
}

/** The address's `#…` part. */
export const useHash = (): string => useSyncExternalStore(subscribe, () => location.hash)

/** The route shown now; changes with links and with the browser's back and forward. */
export function useRoute(): Route {
  return useSyncExternalStore(subscribe, () => parseRoute(location.hash))
}

function subscribe(onChange: () => void): () => void {
  addEventListener('hashchange', onChange)
  return () => removeEventListener('hashchange', onChange)
}
