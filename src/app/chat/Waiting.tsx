import { Dots } from './Dots'
import styles from './Waiting.module.css'

/** Something is under way and has nothing to show yet. */
export function Waiting({ children }: { children: string }) {
  return (
    <p className={styles.waiting}>
      <Dots />
      {children}
    </p>
  )
}
