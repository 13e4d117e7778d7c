import { Check, ChevronDown } from 'lucide-react'
import { useId, useRef } from 'react'
import { formatPercent } from '../format'
import { hrefs } from '../route'
import { useActiveCard, useEngine, useModels } from '../stores/context'
import type { EngineStatus } from '../stores/engine-store'
import { overallProgress, progressText } from './load-progress'
import styles from './ModelMenu.module.css'

/** Which model this is and what it is doing; opens the models that are here, to change to one. */
export function ModelMenu() {
  const card = useActiveCard()
  const target = useEngine((state) => state.target)
  const status = useEngine((state) => state.status)
  const models = useModels((state) => state.models)
  const use = useModels((state) => state.use)
  const refresh = useModels((state) => state.refresh)
  const menu = useRef<HTMLDivElement>(null)
  const id = useId()
  const progress = status.phase === 'loading' ? status.progress : undefined
  const fraction = progress && overallProgress(progress)
  const [bundled] = models
  const usable = models.filter(
    ({ model, kind, stored }) =>
      model === bundled?.model || model === target.model || kind === 'picked' || stored?.isComplete,
  )

  const choose = (model: string) => {
    menu.current?.hidePopover()
    if (model !== target.model || status.phase === 'failed') void use(model)
  }

  return (
    <>
      <button type="button" className={styles.pill} popoverTarget={id}>
        <span className={styles.dot} data-phase={status.phase} aria-hidden />
        <span className={styles.name}>{card.name}</span>
        {fraction !== undefined && (
          <span className={styles.percent}>{formatPercent(fraction)}</span>
        )}
        <span className="visually-hidden">{statusText(status)}. Change model</span>
        <ChevronDown className={styles.chevron} size={14} aria-hidden />
      </button>
      {status.phase === 'loading' && (
        <progress
          className={styles.bar}
          aria-label="Loading model"
          aria-valuetext={progress ? progressText(progress) : 'Starting'}
          value={fraction}
        />
      )}
      <div
        ref={menu}
        id={id}
        popover="auto"
        className={styles.menu}
        onToggle={({ newState }) => newState === 'open' && void refresh()}
      >
        <ul aria-label="Models on this device">
          {usable.map(({ model, card }) => (
            <li key={model}>
              <button
                type="button"
                className={styles.choice}
                aria-current={model === target.model}
                onClick={() => choose(model)}
              >
                <Check size={16} aria-hidden />
                <span>{card.name}</span>
              </button>
            </li>
          ))}
        </ul>
        <a className={styles.all} href={hrefs.models} onClick={() => menu.current?.hidePopover()}>
          All models
        </a>
      </div>
    </>
  )
}

function statusText(status: EngineStatus): string {
  switch (status.phase) {
    case 'empty':
      return 'Not loaded'
    case 'loading':
      return status.progress ? progressText(status.progress) : 'Loading'
    case 'ready':
      return 'Ready'
    case 'failed':
      return 'Not loaded'
  }
}
