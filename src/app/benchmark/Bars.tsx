import styles from './Bars.module.css'

interface Bar {
  label: string
  /** As it is written beside the bar. */
  text: string
  value: number
  /** The quartiles. */
  low: number
  high: number
}

/** Values as bars, with their spread; each is written beside its bar, so nothing depends on seeing it. */
export function Bars({ title, bars }: { title: string; bars: readonly Bar[] }) {
  const largest = Math.max(...bars.map(({ high, value }) => Math.max(high, value)))
  const share = (value: number) => (100 * value) / largest
  return (
    <figure className={styles.figure}>
      <figcaption>{title}</figcaption>
      <dl>
        {bars.map(({ label, text, value, low, high }) => (
          <div key={label} className={styles.row}>
            <dt>{label}</dt>
            <dd className={styles.bar}>
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect className={styles.value} width={share(value)} height="10" rx="1" />
                <line className={styles.spread} x1={share(low)} x2={share(high)} y1="5" y2="5" />
              </svg>
            </dd>
            <dd className={styles.text}>{text}</dd>
          </div>
        ))}
      </dl>
    </figure>
  )
}
