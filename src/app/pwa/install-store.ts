import { createStore, type StoreApi } from 'zustand/vanilla'

/** The event by which Chromium says that the page can be installed; other browsers have none. */
export interface InstallPrompt extends Event {
  prompt(): Promise<unknown>
}

export interface InstallState {
  /** Whether the browser would ask the person, if the page asked it to. */
  canInstall: boolean
  install(): Promise<void>
}

export type InstallStore = StoreApi<InstallState>

/** @param page tells of `beforeinstallprompt` and `appinstalled` */
export function createInstallStore(page: EventTarget): InstallStore {
  let prompt: InstallPrompt | undefined
  const store = createStore<InstallState>()((set) => ({
    canInstall: false,
    async install() {
      const asked = prompt
      // A prompt serves once; the browser sends another if the person declines.
      prompt = undefined
      set({ canInstall: false })
      await asked?.prompt()
    },
  }))
  page.addEventListener('beforeinstallprompt', (event) => {
    prompt = event as InstallPrompt
    store.setState({ canInstall: true })
  })
  page.addEventListener('appinstalled', () => store.setState({ canInstall: false }))
  return store
}
