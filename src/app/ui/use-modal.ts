import { type SyntheticEvent, useEffect, useId, useRef } from 'react'

/**
 * A `<dialog>` over the page, shown while `open`; Esc and a press beside it close it.
 * @param onClose called when it has closed, however that came
 */
export function useModal(open: boolean, onClose: () => void) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()

  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
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
