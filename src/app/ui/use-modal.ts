import { type SyntheticEvent, useEffect, useId, useRef } from 'react'
import { noteClosed, noteOpened } from './top-modal'

/**
 * A `<dialog>` over the page, shown while `open`; Esc and a press beside it close it.
 * @param onClose called when it has closed, however that came
 */
export function useModal(open: boolean, onClose: () => void) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()

  useEffect(() => {
    const element = dialog.current
    if (element === null) return
    if (!open) return element.close()
    if (!element.open) element.showModal()
    noteOpened(element)
    return () => noteClosed(element)
  }, [open])

  return {
    close: () => dialog.current?.close(),
    /** Id of the heading that names it. */
    heading,
    dialogProps: {
      ref: dialog,
      'aria-labelledby': heading,
      closedby: 'any' as const,
      // React lets it come up from dialogs within this one, too.
      onClose: ({ target, currentTarget }: SyntheticEvent) => {
        if (target === currentTarget) onClose()
      },
    },
  }
}
