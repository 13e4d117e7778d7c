import { type KeyboardEvent, type ReactNode, type Ref, useId } from 'react'
import { Button } from './Button'
import styles from './Menu.module.css'
import { usePopup } from './use-popup'

interface MenuProps {
  /** What the button is called. */
  label: string
  icon: ReactNode
  className?: string | undefined
  disabled?: boolean
  /** The button, for whoever has to give it the focus. */
  ref?: Ref<HTMLButtonElement>
  children: ReactNode
}

/** A button that opens a menu: arrows and first letters choose, Esc closes and gives the focus back. */
export function Menu({ label, icon, className, disabled = false, ref, children }: MenuProps) {
  const buttonId = useId()
  const { open, popup, buttonProps, popupProps } = usePopup((menu) => itemsOf(menu)[0]?.focus())

  const onKeyDown = (event: KeyboardEvent) => {
    const items = itemsOf(popup.current)
    const index = items.indexOf(document.activeElement as HTMLElement)
    const next = nextItem(event.key, items, index)
    if (next) {
      event.preventDefault()
      next.focus()
    } else if (event.key === 'Tab') {
      popup.current?.hidePopover()
    }
  }

  return (
    <>
      <Button
        ref={ref}
        id={buttonId}
        look="plain"
        square
        className={className}
        disabled={disabled}
        aria-label={label}
        aria-haspopup="menu"
        {...buttonProps}
      >
        {icon}
      </Button>
      <div
        className={styles.popup}
        role="menu"
        aria-labelledby={buttonId}
        tabIndex={-1}
        {...popupProps}
        onKeyDown={onKeyDown}
        onClick={() => popup.current?.hidePopover()}
      >
        {open && children}
      </div>
    </>
  )
}

interface MenuItemProps {
  icon?: ReactNode
  /** What takes something away. */
  danger?: boolean
  onClick: () => void
  children: ReactNode
}

/** Chosen by a press or Enter; the menu closes, and the focus is back before `onClick` runs. */
export function MenuItem({ icon, danger = false, onClick, children }: MenuItemProps) {
  return (
    <button
      type="button"
      role="menuitem"
      className={styles.item}
      data-danger={danger}
      tabIndex={-1}
      onClick={(event) => {
        event.currentTarget.closest<HTMLElement>('[popover]')?.hidePopover()
        onClick()
      }}
    >
      {icon}
      {children}
    </button>
  )
}

/** Items that belong together, under what they have in common. */
export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    <div className={styles.group} role="group" aria-label={label}>
      <MenuNote>{label}</MenuNote>
      {children}
    </div>
  )
}

/** Words that are no choice. */
export function MenuNote({ children }: { children: string }) {
  return <p className={styles.note}>{children}</p>
}

const itemsOf = (popup: HTMLElement | null) => [
  ...(popup?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? []),
]

/** The item that a key leads to, going round at the ends. */
function nextItem(key: string, items: readonly HTMLElement[], index: number) {
  switch (key) {
    case 'ArrowDown':
      return items[(index + 1) % items.length]
    case 'ArrowUp':
      return items.at(Math.max(index, 0) - 1)
    case 'Home':
      return items[0]
    case 'End':
      return items.at(-1)
  }
  if (key.length !== 1 || key === ' ') return undefined
  const rest = [...items.slice(index + 1), ...items.slice(0, index + 1)]
  return rest.find((item) => item.textContent.toLowerCase().startsWith(key.toLowerCase()))
}
