import type { LucideIcon } from 'lucide-react'
import styles from './DropOverlay.module.css'

interface DropOverlayProps {
  icon: LucideIcon
  /** What dropping does. */
  title: string
  note: string
}

/** Lies over the page while files are dragged over it. */
export function DropOverlay({ icon: Icon, title, note }: DropOverlayProps) {
  return (
    <div className={styles.overlay} aria-hidden>
      <Icon size={40} strokeWidth={1.5} />
      <p>{title}</p>
      <p className={styles.note}>{note}</p>
    </div>
  )
}
