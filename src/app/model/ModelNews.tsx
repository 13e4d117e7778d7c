import { useEffect, useRef, useState } from 'react'
import { t } from '../i18n/t'
import { useEngine, useModels } from '../stores/context'
import { type ModelSituation, situationOf } from './situation'

function announce(situation: ModelSituation, name: string): string {
  switch (situation) {
    case 'active':
      return t('{{name}} is ready', { name })
    case 'loading':
      return t('{{name}} is loading', { name })
    case 'downloading':
      return t('{{name}} is downloading', { name })
    case 'verifying':
      return t('{{name}} is being verified', { name })
    case 'deleting':
      return t('{{name}} is being deleted', { name })
    case 'paused':
      return t('{{name}} is paused', { name })
    case 'stored':
      return t('{{name}} is on this device', { name })
    case 'picked':
      return t('{{name}} is not loaded', { name })
    case 'absent':
      return t('{{name}} is not on this device', { name })
  }
}

/** Tells screen readers what has just become of a model: stations, and never per cents. */
export function ModelNews() {
  const engine = useEngine((state) => state)
  const stations = useModels(({ models }) =>
    models
      .map((entry) => {
        const isTarget = engine.target.model === entry.model
        const situation = situationOf(entry, isTarget ? engine.status : { phase: 'empty' })
        return announce(situation, entry.card.name)
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
