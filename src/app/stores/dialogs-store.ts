import { createStore, type StoreApi } from 'zustand/vanilla'

/** What may lie over the page, one at a time. */
export type OpenDialog =
  | { name: 'palette' }
  | { name: 'shortcuts' }
  | { name: 'settings' }
  | { name: 'network' }
  | { name: 'rename' | 'tags' | 'share'; conversationId: string }
  | { name: 'import'; file: File }

export interface DialogsState {
  dialog: OpenDialog | undefined
  show(dialog: OpenDialog): void
  /** Does nothing where another one has taken its place. */
  close(name: OpenDialog['name']): void
}

export type DialogsStore = StoreApi<DialogsState>

export const createDialogsStore = (): DialogsStore =>
  createStore<DialogsState>()((set, get) => ({
    dialog: undefined,
    show: (dialog) => set({ dialog }),
    close: (name) => {
      if (get().dialog?.name === name) set({ dialog: undefined })
    },
  }))
