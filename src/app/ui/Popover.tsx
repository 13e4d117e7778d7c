import { type MouseEvent, type ReactNode, type ToggleEvent, useId, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import styles from './Popover.module.css'
import { placeBeside } from './place-beside'

interface PopoverProps {
  /** What the popup is called. */
  label: string
  /** What the button shows, which is its name too. */
  button: ReactNode
  className?: string | undefined
  children: ReactNode
}

/** A button that shows something to read beside it; Esc and a press elsewhere close it. */
export function Popover({ label, button, className, children }: PopoverProps) {
  const id = useId()
  const popup = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)

  const onClick = (event: MouseEvent<HTMLButtonElement>) => {
    if (!popup.current || popup.current.matches(':popover-open')) return
    // Its place depends on its size, so what it shows is drawn before it opens.
    event.preventDefault()
    flushSync(() => setOpen(true))
    placeBeside(popup.current, event.currentTarget.getBoundingClientRect())
    popup.current.showPopover()
  }
  const onToggle = ({ newState }: ToggleEvent) => {
    if (newState === 'closed') setOpen(false)
  }
  return (
    <>
      <button
        type="button"
        className={className}
        popoverTarget={id}
        aria-expanded={open}
        onClick={onClick}
      >
        {button}
      </button>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form */}
      <div
        ref={popup}
        id={id}
        className={styles.popup}
        popover="auto"
        role="group"
        aria-label={label}
        onToggle={onToggle}
      >
        {open && children}
      </div>
    </>
  )
}
