import { useId } from 'react'
import { useSettings } from '../stores/context'
import { reasoningEfforts } from '../stores/settings-store'
import styles from './EffortSelector.module.css'

const labels = { low: 'Low', medium: 'Medium', high: 'High' }

/** How long the model thinks before it answers; counts from the next message on. */
export function EffortSelector() {
  const chosen = useSettings((state) => state.reasoningEffort)
  const choose = useSettings((state) => state.setReasoningEffort)
  const name = useId()
  return (
    <div className={styles.selector} role="radiogroup" aria-label="Reasoning effort">
      <span className={styles.caption} aria-hidden>
        Reasoning
      </span>
      <div className={styles.options}>
        {reasoningEfforts.map((effort) => (
          <label key={effort} className={styles.option}>
            <input
              type="radio"
              name={name}
              checked={effort === chosen}
              onChange={() => choose(effort)}
            />
            {labels[effort]}
          </label>
        ))}
      </div>
    </div>
  )
}
