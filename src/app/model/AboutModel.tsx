import { X } from 'lucide-react'
import { type RefObject, useId } from 'react'
import type { ModelInfo } from '../../engine/index'
import { formatBytes, formatCount } from '../format'
import type { EngineStatus } from '../stores/engine-store'
import { Button } from '../ui/Button'
import styles from './AboutModel.module.css'
import type { ModelCard } from './models'

interface AboutModelProps {
  ref: RefObject<HTMLDialogElement | null>
  card: ModelCard
  status: EngineStatus
}

/** The model's card: what it is, what it can do, and what it runs on here. */
export function AboutModel({ ref, card, status }: AboutModelProps) {
  const title = useId()
  return (
    <dialog ref={ref} className={styles.dialog} aria-labelledby={title} closedby="any">
      <div className={styles.body}>
        <div className={styles.head}>
          <h2 id={title}>{card.name}</h2>
          <Button look="plain" square aria-label="Close" onClick={() => ref.current?.close()}>
            <X size={18} aria-hidden />
          </Button>
        </div>
        <p>{card.summary}</p>
        <p className={styles.muted}>{card.origin}</p>
        <h3>What it can do</h3>
        <ul className={styles.abilities}>
          {card.abilities.map((ability) => (
            <li key={ability}>{ability}</li>
          ))}
        </ul>
        <p className={styles.muted}>{card.limits}</p>
        {status.phase === 'ready' && <Facts model={status.model} />}
      </div>
    </dialog>
  )
}

function Facts({ model }: { model: ModelInfo }) {
  const { config, adapter } = model
  const facts = [
    ['Parameters', formatCount(model.parameterCount)],
    ['Weights', formatBytes(model.weightBytes)],
    ['Layers', `${config.numHiddenLayers}, each with ${config.numLocalExperts} experts`],
    ['Context', `${model.contextTokens.toLocaleString('en')} tokens`],
    ['Runs on', adapter.description || `${adapter.vendor} ${adapter.architecture}`],
    ['Loaded from', model.fromStorage ? 'this browser’s storage' : 'the network'],
  ]
  return (
    <>
      <h3>Here and now</h3>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name} className={styles.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
