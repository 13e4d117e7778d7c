import { Menu as Base } from '@base-ui/react/menu'
import { type ReactNode, useRef, useState } from 'react'
import { Button } from './Button'
import styles from './Menu.module.css'

interface MenuProps {
  /** What the button is called. */
  label: string
  icon: ReactNode
  className?: string | undefined
  disabled?: boolean
  /** Which of its edges lies under that of the button. */
  align?: 'start' | 'end'
  children: ReactNode
}

/** A button that opens a menu: arrows and letters choose, Esc closes and gives the focus back. */
export function Menu({
  label,
  icon,
  className,
  disabled = false,
  align = 'end',
  children,
}: MenuProps) {
  const trigger = useRef<HTMLButtonElement>(null)
  // Inside the dialog that the button is in, since everything outside of that is inert.
  const [dialog, setDialog] = useState<HTMLElement>()
  return (
    <Base.Root
      modal={false}
      onOpenChange={() => setDialog(trigger.current?.closest<HTMLElement>('dialog') ?? undefined)}
    >
      <Base.Trigger
        ref={trigger}
        aria-label={label}
        disabled={disabled}
        render={<Button look="plain" square className={className} />}
      >
        {icon}
      </Base.Trigger>
      <Base.Portal container={dialog}>
        <Base.Positioner className={styles.positioner} sideOffset={4} align={align}>
          <Base.Popup className={styles.popup}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

interface MenuItemProps {
  icon?: ReactNode
  /** What cannot be undone by pressing again. */
  danger?: boolean
  onClick: () => void
  children: ReactNode
}

export function MenuItem({ icon, danger = false, onClick, children }: MenuItemProps) {
  return (
    <Base.Item className={styles.item} data-danger={danger} onClick={onClick}>
      {icon}
      {children}
    </Base.Item>
  )
}

/** Items that belong together, under what they have in common. */
export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Base.Group className={styles.group}>
      <Base.GroupLabel className={styles.label}>{label}</Base.GroupLabel>
      {children}
    </Base.Group>
  )
}
