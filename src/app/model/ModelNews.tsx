import { useEngine, useModels } from '../stores/context'
import { situationOf } from './situation'

const announcements = {
  active: 'is ready',
  loading: 'is loading',
  downloading: 'is downloading',
  verifying: 'is being verified',
  deleting: 'is being deleted',
  paused: 'is paused',
  stored: 'is on this device',
  picked: '',
  absent: '',
}

/** Tells screen readers what has become of which model: stations, and never per cents. */
export function ModelNews() {
  const engine = useEngine((state) => state)
  const news = useModels(({ models }) =>
    models
      .map((entry) => {
        const isTarget = engine.target.model === entry.model
        const situation = situationOf(entry, isTarget ? engine.status : { phase: 'empty' })
        return announcements[situation] && `${entry.card.name} ${announcements[situation]}`
      })
      .filter(Boolean)
      .join(', '),
  )
  return (
    <div className="visually-hidden" role="status">
      {news}
    </div>
  )
}
