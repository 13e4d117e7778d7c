import { useEffect, useRef, useState } from 'react'
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
  picked: 'is not loaded',
  absent: 'is not on this device',
}

/** Tells screen readers what has just become of a model: stations, and never per cents. */
export function ModelNews() {
  const engine = useEngine((state) => state)
  const stations = useModels(({ models }) =>
    models
      .map((entry) => {
        const isTarget = engine.target.model === entry.model
        const situation = situationOf(entry, isTarget ? engine.status : { phase: 'empty' })
        return `${entry.card.name} ${announcements[situation]}`
      })
      .join('\n'),
  )
  const known = useRef(stations)
  const [news, setNews] = useState('')

  useEffect(() => {
    const before = new Set(known.current.split('\n'))
    const fresh = stations.split('\n').filter((station) => !before.has(station))
    known.current = stations
    if (fresh.length > 0) setNews(fresh.join(', '))
  }, [stations])

  return (
    <div className="visually-hidden" role="status">
      {news}
    </div>
  )
}
