import { Download } from 'lucide-react'
import { formatPercent } from '../format'
import { t } from '../i18n/t'
import { hrefs } from '../route'
import { useModels } from '../stores/context'
import styles from './DownloadIndicator.module.css'

/** While anything downloads, how far it is, on every page; leads to the models. */
export function DownloadIndicator() {
  const label = useModels(({ models }) => {
    const downloads = models.flatMap(({ task }) => (task?.kind === 'download' ? [task] : []))
    if (downloads.length === 0) return undefined
    const sum = (part: 'done' | 'total') =>
      downloads.reduce((bytes, { progress }) => bytes + (progress?.download[part] ?? 0), 0)
    const total = sum('total')
    return formatPercent(total > 0 ? sum('done') / total : 0)
  })
  const names = useModels(({ models }) =>
    models
      .filter(({ task }) => task?.kind === 'download')
      .map(({ card }) => card.name)
      .join(', '),
  )
  if (label === undefined) return null
  return (
    <a
      className={styles.indicator}
      href={hrefs.models}
      aria-label={t('Downloading {{names}}: {{percent}}', { names, percent: label })}
      title={t('Downloading {{names}}', { names })}
    >
      <Download size={16} aria-hidden />
      {label}
    </a>
  )
}
