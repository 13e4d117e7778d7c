import { createStore, type StoreApi } from 'zustand/vanilla'

/** Something that happened, told in passing, and perhaps a way back. */
export interface Toast {
  id: number
  text: string
  action?: { label: string; run: () => void } | undefined
}

export interface ToastsState {
  toasts: readonly Toast[]
  show(text: string, action?: Toast['action']): void
  dismiss(id: number): void
}

export type ToastsStore = StoreApi<ToastsState>

export function createToastsStore(): ToastsStore {
  let nextId = 0
  return createStore<ToastsState>()((set, get) => ({
    toasts: [],
    show: (text, action) => set({ toasts: [...get().toasts, { id: nextId++, text, action }] }),
    dismiss: (id) => set({ toasts: get().toasts.filter((toast) => toast.id !== id) }),
  }))
}
