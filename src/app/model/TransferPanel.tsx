import { Check } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Count, LoadProgress } from '../../engine/index'
import { formatBytes, formatPercent, formatTimeLeft } from '../format'
import { t } from '../i18n/t'
import { ProgressBar } from '../ui/ProgressBar'
import { fractionOf, obstacleText, overallProgress, progressText } from './load-progress'
import styles from './TransferPanel.module.css'
import { rateAt, type Sample, timeLeftMs, withSample } from './transfer-rate'

interface TransferPanelProps {
  name: string
  /** Undefined until the engine's first report. */
  progress: LoadProgress | undefined
  /** A load goes on to the GPU; a mere download ends in storage. */
  isLoad: boolean
}

const notYet: Count = { done: 0, total: 0 }

/** How far a download or a load is, how fast, and what is in its way. */
export function TransferPanel({ name, progress, isLoad }: TransferPanelProps) {
  const { download = notYet, verify = notYet, upload = notYet, compile = notYet } = progress ?? {}
  const isDownloading = download.done < download.total
  const fraction = progress && (isLoad ? overallProgress(progress) : fractionOf(download))
  const phases: [string, Count][] = [
    [t('Download'), download],
    [t('Verify'), verify],
    ...(isLoad
      ? ([
          [t('Copy to GPU'), upload],
          [t('Compile'), compile],
        ] as [string, Count][])
      : []),
  ]
  return (
    <div className={styles.panel}>
      <div className={styles.head}>
        <span className={styles.amount}>
          {isDownloading
            ? t('{{done}} of {{total}}', {
                done: formatBytes(download.done),
                total: formatBytes(download.total),
              })
            : progress
              ? progressText(progress)
              : t('Starting')}
        </span>
        {fraction !== undefined && (
          <span className={styles.percent}>{formatPercent(fraction)}</span>
        )}
      </div>
      <ProgressBar
        label={isLoad ? t('Loading {{name}}', { name }) : t('Downloading {{name}}', { name })}
        fraction={fraction}
        text={progress ? progressText(progress) : t('Starting')}
      />
      {progress?.obstacle ? (
        <p className={styles.obstacle}>{obstacleText(progress.obstacle)}</p>
      ) : (
        isDownloading && <Speed download={download} />
      )}
      <ul className={styles.phases} aria-label={t('Steps')}>
        {phases.map(([phase, count]) => (
          <Phase key={phase} name={phase} count={count} />
        ))}
      </ul>
    </div>
  )
}

function Phase({ name, count }: { name: string; count: Count }) {
  const isDone = count.total > 0 && count.done >= count.total
  const state = isDone ? 'done' : count.done > 0 ? 'running' : 'waiting'
  return (
    <li data-state={state}>
      {isDone ? <Check size={14} aria-hidden /> : <i aria-hidden />}
      {name}
      {state === 'running' && <span>{formatPercent(fractionOf(count))}</span>}
      <span className="visually-hidden">
        {isDone ? t('done') : state === 'waiting' && t('waiting')}
      </span>
    </li>
  )
}

/** The engine reports every few megabytes, which takes a slow line this long. */
const patienceMs = 15_000

/** Bytes a second and the time left, measured here; both change while nothing arrives, too. */
function Speed({ download }: { download: Count }) {
  const [samples, setSamples] = useState<readonly Sample[]>([])
  const [nowMs, setNow] = useState(() => performance.now())

  useEffect(() => {
    const sample = { atMs: performance.now(), bytes: download.done }
    setSamples((samples) => withSample(samples, sample))
  }, [download.done])
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1000)
    return () => clearInterval(timer)
  }, [])

  const rate = rateAt(samples, nowMs)
  const left = timeLeftMs(samples, download.total, nowMs)
  if (!rate) {
    const isNew = nowMs - (samples[0]?.atMs ?? nowMs) < patienceMs
    return (
      <p className={styles.speed}>
        {isNew ? t('Measuring the speed') : t('Waiting for the server')}
      </p>
    )
  }
  return (
    <p className={styles.speed}>
      <span>{t('{{amount}}/s', { amount: formatBytes(Math.round(rate)) })}</span>
      {left !== undefined && <span>{t('{{time}} left', { time: formatTimeLeft(left) })}</span>}
    </p>
  )
}
