import { type MouseEvent, type ToggleEvent, useId, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { placeBeside } from './place-beside'

/**
 * A popup that a button opens beside itself: the browser's own popover, which is above everything and
 * closes by Esc or a press elsewhere. What it shows is rendered while `open`.
 * @param onOpen called as soon as it is there, before a next key can come
 */
export function usePopup(onOpen: (popup: HTMLElement) => void = () => {}) {
  const id = useId()
  const popup = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)

  const onClick = (event: MouseEvent<HTMLButtonElement>) => {
    if (!popup.current || popup.current.matches(':popover-open')) return
    // The browser would tell of what it opened only in a later task; and the place depends on the
    // size, so what it shows is drawn before.
    event.preventDefault()
    flushSync(() => setOpen(true))
    placeBeside(popup.current, event.currentTarget.getBoundingClientRect())
    popup.current.showPopover()
    onOpen(popup.current)
  }
  const onToggle = ({ newState }: ToggleEvent) => {
    // Not before it is closed: the browser gives back the focus that is within it.
    if (newState === 'closed') setOpen(false)
  }

  return {
    open,
    popup,
    /** For the button. */
    buttonProps: { popoverTarget: id, 'aria-expanded': open, onClick },
    /** For what it opens. */
    popupProps: { ref: popup, id, popover: 'auto' as const, onToggle },
  }
}
