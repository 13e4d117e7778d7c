import { useEffect, useState } from 'react'
import styles from './Dots.module.css'

const count = 3
const everyMs = 500

/**
 * Three dots, one after the other bright: something is under way. Two pictures a second are drawn of
 * it, where an animation in CSS makes the browser begin sixty, of which the engine would lose a share.
 */
export function Dots() {
  const [bright, setBright] = useState(0)

  useEffect(() => {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
    const timer = setInterval(() => setBright((before) => (before + 1) % count), everyMs)
    return () => clearInterval(timer)
  }, [])

  return (
    <span className={styles.dots} data-bright={bright} aria-hidden>
      <i />
      <i />
      <i />
    </span>
  )
}
