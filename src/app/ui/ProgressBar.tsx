import styles from './ProgressBar.module.css'

interface ProgressBarProps {
  label: string
  /** 0 to 1; undefined while nobody knows. */
  fraction: number | undefined
  /** What a screen reader says in place of per cents. */
  text: string
}

export function ProgressBar({ label, fraction, text }: ProgressBarProps) {
  return (
    <progress className={styles.bar} aria-label={label} aria-valuetext={text} value={fraction} />
  )
}
