import type { MemoryReport } from '../../engine/index'
import { formatBytes, formatContext } from '../format'
import { t } from '../i18n/t'
import styles from './MemoryBar.module.css'

/** What the GPU must hold, part by part, as wide as the parts are large. */
export function MemoryBar({ memory }: { memory: MemoryReport }) {
  const parts = [
    { key: 'weights', name: t('Weights'), bytes: memory.weightBytes },
    {
      key: 'context',
      name: t('{{size}} context', { size: formatContext(memory.contextTokens) }),
      bytes: memory.kvCacheBytes,
    },
    { key: 'scratch', name: t('Scratch'), bytes: memory.scratchBytes },
  ]
  return (
    <div className={styles.memory}>
      <div className={styles.bar} aria-hidden>
        {parts.map(({ key, bytes }) => (
          <i key={key} data-part={key} style={{ flexGrow: bytes }} />
        ))}
      </div>
      <dl className={styles.legend}>
        {parts.map(({ key, name, bytes }) => (
          <div key={key}>
            <dt data-part={key}>{name}</dt>
            <dd>{formatBytes(bytes)}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
