import { useId } from 'react'
import type { ReasoningEffort } from '../../engine/index'
import { t } from '../i18n/t'
import { useSettings } from '../stores/context'
import { reasoningEfforts } from '../stores/settings-store'
import styles from './EffortSelector.module.css'

const labelOf = (effort: ReasoningEffort) =>
  ({ low: t('Low'), medium: t('Medium'), high: t('High') })[effort]

/** How long the model thinks before it answers; counts from the next message on. */
export function EffortSelector() {
  const chosen = useSettings((state) => state.reasoningEffort)
  const choose = useSettings((state) => state.setReasoningEffort)
  const name = useId()
  return (
    <div className={styles.selector} role="radiogroup" aria-label={t('Reasoning effort')}>
      <span className={styles.caption} aria-hidden>
        {t('Reasoning')}
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
            {labelOf(effort)}
          </label>
        ))}
      </div>
    </div>
  )
}
