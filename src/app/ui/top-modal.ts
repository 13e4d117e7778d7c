import { useSyncExternalStore } from 'react'

/** The modal dialogs that are open, the topmost one last. */
let open: readonly HTMLDialogElement[] = []
const listeners = new Set<() => void>()

function change(next: readonly HTMLDialogElement[]) {
  open = next
  for (const listener of listeners) listener()
}

export const noteOpened = (dialog: HTMLDialogElement) => change([...open, dialog])

export const noteClosed = (dialog: HTMLDialogElement) =>
  change(open.filter((other) => other !== dialog))

/** The dialog that lies over all else: while there is one, nothing outside of it can be reached. */
export const useTopModal = (): HTMLDialogElement | undefined =>
  useSyncExternalStore(subscribe, () => open.at(-1))

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
