import { ChevronDown } from 'lucide-react'
import { useRef } from 'react'
import { useEngine, useStores } from '../stores/context'
import type { EngineStatus } from '../stores/engine-store'
import { AboutModel } from './AboutModel'
import { overallProgress, progressText } from './load-progress'
import styles from './ModelStatus.module.css'

/** Which model this is and what it is doing; opens its card. A bar shows how far loading is. */
export function ModelStatus() {
  const { card } = useStores()
  const status = useEngine((state) => state.status)
  const dialog = useRef<HTMLDialogElement>(null)
  const progress = status.phase === 'loading' ? status.progress : undefined
  const fraction = progress && overallProgress(progress)

  return (
    <>
      <button
        type="button"
        className={styles.pill}
        aria-haspopup="dialog"
        onClick={() => dialog.current?.showModal()}
      >
        <span className={styles.dot} data-phase={status.phase} aria-hidden />
        <span className={styles.name}>{card.name}</span>
        {fraction !== undefined && (
          <span className={styles.percent}>{Math.floor(fraction * 100)} %</span>
        )}
        <span className="visually-hidden">{statusText(status)}. About this model</span>
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
      <AboutModel ref={dialog} card={card} status={status} />
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
