import { isSealed } from './policy'

const key = 'alcove-sealed'

/** Whether the page can be sealed: where nothing is kept of it, it could not open any more. */
export const canSeal = (): boolean =>
  'navigator' in globalThis && Boolean(navigator.serviceWorker?.controller)

/** Opens this page anew as one that can make no request, and from now on every time. */
export function seal(): void {
  localStorage.setItem(key, 'true')
  const address = new URL(location.href)
  address.searchParams.set('sealed', '')
  location.assign(address)
}

/** Opens the page anew with its usual rules. */
export function unseal(): void {
  localStorage.removeItem(key)
  const address = new URL(location.href)
  address.searchParams.delete('sealed')
  location.assign(address)
}

/**
 * Whether an address is the document of a page, or a blob of its: to go to any other asks a server,
 * the app's own included, which reads what the address says.
 * @param page the page's own address; what it says of sealing and sharing makes no other of it
 */
export function isWithin(address: string, page: string): boolean {
  const url = URL.parse(address)
  if (url?.protocol === 'blob:') return url.origin === new URL(page).origin
  return url !== null && documentOf(url) === documentOf(new URL(page))
}

function documentOf({ origin, pathname, searchParams }: URL): string {
  const rest = new URLSearchParams(searchParams)
  for (const mark of ['sealed', 'shared']) rest.delete(mark)
  return `${origin}${pathname}?${rest}`
}

type NoteBlocked = (kind: string, address: string) => void

/** Events of the Navigation API, where the browser has it. */
interface NavigateEvent extends Event {
  destination: { url: string }
}

/**
 * Takes from the page what no policy rules: connections between browsers, which this app makes none
 * of, and, where the page is sealed, ways to leave it. A script could undo some of this; the policy
 * lets none run that is not this app's.
 */
export function guardPage(noteBlocked: NoteBlocked): void {
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection'])
    if (name in globalThis)
      Object.defineProperty(globalThis, name, {
        value: class {
          constructor() {
            noteBlocked('webrtc', '')
            throw new DOMException('This page makes no connections.', 'NotAllowedError')
          }
        },
      })
  if (!isSealed) return

  const isElsewhere = (address: string) => !isWithin(address, location.href)
  const refuse = (kind: string, address: string, event?: Event) => {
    event?.preventDefault()
    noteBlocked(kind, address)
  }

  const { navigation } = globalThis as { navigation?: EventTarget }
  navigation?.addEventListener('navigate', (event) => {
    const { url } = (event as NavigateEvent).destination
    if (isElsewhere(url)) refuse('navigation', url, event)
  })
  // A link to a new window is no navigation of this one.
  addEventListener(
    'click',
    (event) => {
      const [first] = event.composedPath()
      const link = first instanceof Element && first.closest('a[href], area[href]')
      const address = link && new URL(link.getAttribute('href') ?? '', document.baseURI).href
      if (address && isElsewhere(address)) refuse('link', address, event)
    },
    { capture: true },
  )
  Object.defineProperty(globalThis, 'open', {
    value(address: unknown = '') {
      refuse('window', String(address))
      return null
    },
  })
}
