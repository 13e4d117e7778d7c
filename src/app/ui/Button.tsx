import type { ComponentProps } from 'react'
import styles from './Button.module.css'

interface ButtonProps extends ComponentProps<'button'> {
  /**
   * `primary` is the one thing to do next; `plain` has no frame until it is pointed at; `danger`
   * cannot be undone.
   */
  look?: 'primary' | 'outlined' | 'plain' | 'danger'
  /** A square for an icon alone; give it an `aria-label`. */
  square?: boolean
}

export function Button({ look = 'outlined', square, className, ...props }: ButtonProps) {
  const classes = [styles.button, styles[look], square && styles.square, className]
  return <button type="button" className={classes.filter(Boolean).join(' ')} {...props} />
}
