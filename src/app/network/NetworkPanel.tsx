import { Lock, LockOpen, X } from 'lucide-react'
import { useId, useState } from 'react'
import type { NetworkRecord } from '../../network/records'
import { formatBytes } from '../format'
import { t } from '../i18n/t'
import { saveFile } from '../save-file'
import { useActiveCard, useEngine, useLedger } from '../stores/context'
import { Button } from '../ui/Button'
import { allowedHosts, forbidHost } from './allowed-hosts'
import { ledgerJson, linesOf, summaryOf } from './ledger'
import styles from './NetworkPanel.module.css'
import { connectSources, isSealed } from './policy'
import { canSeal, seal, unseal } from './seal'
import { useIdentity } from './use-identity'

/** What this page asked for, what it may ask for, and the switch that ends all asking. */
export function NetworkPanel() {
  const records = useLedger((state) => state.records)
  const identity = useIdentity()
  const exportLedger = () => {
    const page = {
      address: location.href,
      openedAt: Math.round(performance.timeOrigin),
      isSealed,
      connectSources: connectSources(),
    }
    saveFile('alcove-network.json', 'application/json', ledgerJson(page, identity, records))
  }
  return (
    <div className={styles.panel}>
      <Seal />
      <Hosts />
      <Requests records={records} />
      <dl className={styles.hashes}>
        <dt>{t('Build')}</dt>
        <dd>{identity.build ?? t('not known without a service worker')}</dd>
        <dt>{t('Weights')}</dt>
        <dd>{identity.weights ?? t('not known until a kept model is loaded')}</dd>
      </dl>
      <div>
        <Button onClick={exportLedger}>{t('Export as JSON')}</Button>
      </div>
    </div>
  )
}

function Seal() {
  const { name } = useActiveCard()
  const isKept = useEngine(({ status }) => status.phase === 'ready' && status.model.isStored)
  const hasWorker = canSeal()
  const text = isSealed
    ? t(
        'This page is sealed. Its own rules let no request out, and it runs from what is kept on this device.',
      )
    : t(
        'Sealed, the page can make no request at all: chats, models and files that are on this device go on working, and links in answers cannot be followed. It stays sealed until you unseal it.',
      )
  return (
    <section className={styles.seal} data-sealed={isSealed}>
      <p>{text}</p>
      {isSealed && !hasWorker && (
        <p>
          {t(
            'Without a service worker, parts of this app that are loaded late are still asked of its own server.',
          )}
        </p>
      )}
      {!isSealed && !hasWorker && (
        <p>{t('This needs the service worker, which this browser has not started yet.')}</p>
      )}
      {!isSealed && hasWorker && !isKept && (
        <p>
          {t('{{name}} is not kept on this device yet; sealed, it cannot be loaded.', { name })}
        </p>
      )}
      <div>
        {isSealed ? (
          <Button onClick={unseal}>
            <LockOpen size={16} aria-hidden />
            {t('Unseal')}
          </Button>
        ) : (
          <Button look="primary" disabled={!hasWorker} onClick={seal}>
            <Lock size={16} aria-hidden />
            {t('Seal this page')}
          </Button>
        )}
      </div>
    </section>
  )
}

function Hosts() {
  const [hosts, setHosts] = useState(allowedHosts)
  const title = useId()
  const forbid = (host: string) => {
    forbidHost(host)
    setHosts(allowedHosts())
  }
  return (
    <section aria-labelledby={title}>
      <h3 id={title}>{t('Servers that you allowed')}</h3>
      {hosts.length === 0 ? (
        <p className={styles.quiet}>
          {t('None: unless you allow another, the page reaches its own server alone.')}
        </p>
      ) : (
        <>
          <ul className={styles.hosts}>
            {hosts.map((host) => (
              <li key={host}>
                <code>{host}</code>
                <Button
                  look="plain"
                  square
                  aria-label={t('Forbid {{host}}', { host })}
                  onClick={() => forbid(host)}
                >
                  <X size={16} aria-hidden />
                </Button>
              </li>
            ))}
          </ul>
          <p className={styles.quiet}>
            {t('What you change here counts from the next opening on.')}
          </p>
        </>
      )}
    </section>
  )
}

/** Longer lists help nobody; the export has all. */
const linesMax = 200

function Requests({ records }: { records: readonly NetworkRecord[] }) {
  const title = useId()
  const { sent, blocked, strangers } = summaryOf(records, location.origin)
  return (
    <section aria-labelledby={title}>
      <h3 id={title}>{t('Requests since this page opened')}</h3>
      <p>
        {t('{{number}} over the network', { number: sent })}
        {', '}
        {t('{{number}} blocked', { number: blocked })}
        {'. '}
        {strangers.length === 0
          ? t('None went to another server than {{host}}.', { host: location.host })
          : t('Other servers than {{host}}: {{hosts}}.', {
              host: location.host,
              hosts: strangers.join(', '),
            })}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <ol className={styles.records} aria-label={t('Requests')} tabIndex={0}>
        {linesOf(records)
          .slice(0, linesMax)
          .map(({ by, kind, url, outcome, count, bytes }) => (
            <li key={[by, kind, outcome, url].join(' ')} data-outcome={outcome}>
              <span>{outcomeText(outcome)}</span>
              <bdi className={styles.url} dir="ltr">
                {url || kind}
              </bdi>
              <span className={styles.quiet}>
                {[
                  byText(by),
                  kind,
                  count > 1 && t('{{number}} times', { number: count }),
                  bytes !== undefined && formatBytes(bytes),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </li>
          ))}
      </ol>
    </section>
  )
}

function outcomeText(outcome: NetworkRecord['outcome']): string {
  switch (outcome) {
    case 'network':
      return t('Network')
    case 'no answer':
      return t('No answer')
    case 'browser cache':
      return t('Browser’s cache')
    case 'service worker':
      return t('Answered here')
    case 'blocked':
      return t('Blocked')
  }
}

function byText(by: NetworkRecord['by']): string {
  switch (by) {
    case 'page':
      return t('by the page')
    case 'worker':
      return t('by a worker')
    case 'service worker':
      return t('by the service worker')
  }
}
