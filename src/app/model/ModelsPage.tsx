import { useEffect, useRef } from 'react'
import styles from './ModelsPage.module.css'

/** All models side by side: what each needs, what this device offers, and what is being done. */
export function ModelsPage() {
  const heading = useRef<HTMLHeadingElement>(null)

  // A keyboard or a screen reader goes on where the new page begins.
  useEffect(() => heading.current?.focus(), [])

  return (
    <main className={styles.page}>
      <h2 ref={heading} tabIndex={-1}>
        Models
      </h2>
    </main>
  )
}
