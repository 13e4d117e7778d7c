import { Gauge, X } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { useStore } from 'zustand'
import { formatContext, formatCount } from '../format'
import { t } from '../i18n/t'
import { overallProgress, progressText } from '../model/load-progress'
import { Button } from '../ui/Button'
import { CopyButton } from '../ui/CopyButton'
import { ErrorNotice } from '../ui/ErrorNotice'
import { Logo } from '../ui/Logo'
import { ProgressBar } from '../ui/ProgressBar'
import { Bars } from './Bars'
import styles from './BenchmarkPage.module.css'
import type { Speeds } from './benchmark'
import { type BenchmarkStatus, type BenchmarkStore, contexts, type Report } from './benchmark-store'
import { columnNames, reportFacts, reportMarkdown, rowOf } from './report-text'

/** A model that can be measured without a download. */
export interface MeasurableModel {
  model: string
  name: string
}

interface BenchmarkPageProps {
  store: BenchmarkStore
  listModels: () => Promise<MeasurableModel[]>
}

/** Measures a model on this device, on a page of its own: what else the app does would cost time. */
export function BenchmarkPage({ store, listModels }: BenchmarkPageProps) {
  const status = useStore(store, (state) => state.status)
  const [models, setModels] = useState<MeasurableModel[]>([])
  const [model, setModel] = useState<string>()
  const [longestContext, setLongestContext] = useState<number>(contexts[contexts.length - 1] ?? 0)
  const { run, cancel } = store.getState()
  const isRunning = status.phase === 'loading' || status.phase === 'measuring'
  const chosen = model ?? models.at(-1)?.model
  const nameOf = (wanted: string) => models.find((one) => one.model === wanted)?.name ?? wanted

  useEffect(() => {
    document.title = t('Benchmark · Alcove')
    void listModels().then(setModels)
  }, [listModels])

  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <Logo size={24} />
        <a href="./#/models">{t('Back to the models')}</a>
      </header>
      <main className={styles.content}>
        <div className={styles.head}>
          <h1>{t('How fast is a model here?')}</h1>
          <p>
            {t(
              'Computes tokens that mean nothing, and takes a few minutes at most. Close what else uses the GPU. Nothing is sent anywhere.',
            )}
          </p>
        </div>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault()
            if (chosen !== undefined) void run({ model: chosen, longestContext })
          }}
        >
          <label>
            {t('Model')}
            <select
              value={chosen}
              disabled={isRunning}
              onChange={({ target }) => setModel(target.value)}
            >
              {models.map((one) => (
                <option key={one.model} value={one.model}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t('Longest context')}
            <select
              value={longestContext}
              disabled={isRunning}
              onChange={({ target }) => setLongestContext(Number(target.value))}
            >
              {contexts.map((tokens) => (
                <option key={tokens} value={tokens}>
                  {tokens === 0
                    ? t('None: quick')
                    : t('{{size}} tokens', { size: formatContext(tokens) })}
                </option>
              ))}
            </select>
          </label>
          {isRunning ? (
            <Button onClick={cancel}>
              <X size={16} aria-hidden />
              {t('Cancel')}
            </Button>
          ) : (
            <Button look="primary" type="submit" disabled={chosen === undefined}>
              <Gauge size={16} aria-hidden />
              {t('Measure')}
            </Button>
          )}
        </form>
        <Progress status={status} />
        {status.phase === 'failed' && <ErrorNotice error={status.error} actions={undefined} />}
        {status.phase === 'done' && (
          <Result report={status.report} name={nameOf(status.report.info.model)} />
        )}
      </main>
    </div>
  )
}

function Progress({ status }: { status: BenchmarkStatus }) {
  if (status.phase === 'loading') {
    const text = status.progress ? progressText(status.progress) : t('Starting')
    return (
      <div className={styles.progress}>
        <ProgressBar
          label={t('Loading model')}
          text={text}
          fraction={status.progress && overallProgress(status.progress)}
        />
        <p>{text}</p>
      </div>
    )
  }
  if (status.phase !== 'measuring') return null
  const { progress } = status
  const text = !progress
    ? t('Measuring how fast memory is')
    : progress.prefilledTokens < progress.contextTokens
      ? t('Computing a context of {{size}} tokens', {
          size: formatContext(progress.contextTokens),
        })
      : t('Measuring after {{size}} tokens', { size: formatContext(progress.contextTokens) })
  return (
    <div className={styles.progress}>
      <ProgressBar
        label={t('Measuring')}
        text={text}
        fraction={progress && progress.done / progress.total}
      />
      <p>{text}</p>
    </div>
  )
}

function Result({ report, name }: { report: Report; name: string }) {
  const title = useId()
  const columns = columnNames()
  const barOf = (speeds: Speeds, figure: 'decode' | 'prefill') => {
    const spread = figure === 'decode' ? speeds.decode?.tokensPerSecond : speeds.prefill
    const { median = 0, low = 0, high = 0 } = spread ?? {}
    return {
      label: formatCount(speeds.contextTokens),
      text: rowOf(speeds)[figure],
      value: median,
      low,
      high,
    }
  }
  return (
    <section className={styles.result} aria-labelledby={title}>
      <h2 id={title}>{name}</h2>
      <div className={styles.charts}>
        {(['decode', 'prefill'] as const).map((figure) => (
          <Bars
            key={figure}
            title={t('{{figure}}, by tokens of context', { figure: columns[figure] })}
            bars={report.speeds.map((speeds) => barOf(speeds, figure))}
          />
        ))}
      </div>
      {/* Scrolls by itself where it is wider than the page, by keyboard too. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className={styles.table} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {Object.entries(columns).map(([key, text]) => (
                <th key={key} scope="col">
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.speeds.map((speeds) => {
              const { context, ...cells } = rowOf(speeds)
              return (
                <tr key={context}>
                  <th scope="row">{context}</th>
                  {Object.entries(cells).map(([key, text]) => (
                    <td key={key}>{text}</td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      <ul className={styles.facts}>
        {reportFacts(report, name).map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      <div>
        <CopyButton
          text={reportMarkdown(report, name, navigator.userAgent)}
          label={t('Copy result')}
        />
      </div>
    </section>
  )
}
