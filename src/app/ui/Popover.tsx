import type { ReactNode } from 'react'
import styles from './Popover.module.css'
import { usePopup } from './use-popup'

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
  const { open, buttonProps, popupProps } = usePopup()
  return (
    <>
      <button type="button" className={className} {...buttonProps}>
        {button}
      </button>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form */}
      <div className={styles.popup} role="group" aria-label={label} {...popupProps}>
        {open && children}
      </div>
    </>
  )
}
