import { Check, ChevronDown, Globe } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { formatPercent } from '../format'
import { t } from '../i18n/t'
import { ConfirmServer } from '../remote/ConfirmServer'
import { type Endpoint, hostOf } from '../remote/endpoint'
import { hrefs } from '../route'
import {
  type ShownServer,
  useActiveCard,
  useChat,
  useEndpoints,
  useEngine,
  useModels,
  useShownServer,
} from '../stores/context'
import type { EngineStatus } from '../stores/engine-store'
import { overallProgress, progressText } from './load-progress'
import styles from './ModelMenu.module.css'

/**
 * Who answers, and what the model on this device is doing; opens the models and servers to choose
 * from.
 */
export function ModelMenu() {
  const card = useActiveCard()
  const target = useEngine((state) => state.target)
  const status = useEngine((state) => state.status)
  const models = useModels((state) => state.models)
  const use = useModels((state) => state.use)
  const refresh = useModels((state) => state.refresh)
  const server = useShownServer()
  const endpoints = useEndpoints((state) => state.endpoints)
  const answerBy = useChat((state) => state.answerBy)
  const [unconfirmed, setUnconfirmed] = useState<Endpoint>()
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
    answerBy(undefined)
    if (model !== target.model || status.phase === 'failed') void use(model)
  }

  const chooseServer = (endpoint: Endpoint) => {
    menu.current?.hidePopover()
    if (endpoint.isConfirmed) answerBy({ id: endpoint.id, name: endpoint.name })
    else setUnconfirmed(endpoint)
  }

  return (
    <>
      <button
        type="button"
        className={styles.pill}
        data-remote={server !== undefined}
        popoverTarget={id}
      >
        {server ? (
          <ServerPill server={server} />
        ) : (
          <>
            <span className={styles.dot} data-phase={status.phase} aria-hidden />
            <span className={styles.name}>{card.name}</span>
            {fraction !== undefined && (
              <span className={styles.percent}>{formatPercent(fraction)}</span>
            )}
            <span className="visually-hidden">
              {t('{{status}}. Change model', { status: statusText(status) })}
            </span>
          </>
        )}
        <ChevronDown className={styles.chevron} size={14} aria-hidden />
      </button>
      {status.phase === 'loading' && (
        <progress
          className={styles.bar}
          aria-label={t('Loading model')}
          aria-valuetext={progress ? progressText(progress) : t('Starting')}
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
        <ul aria-label={t('Models on this device')}>
          {usable.map(({ model, card }) => (
            <li key={model}>
              <button
                type="button"
                className={styles.choice}
                aria-current={!server && model === target.model}
                onClick={() => choose(model)}
              >
                <Check size={16} aria-hidden />
                <span>{card.name}</span>
              </button>
            </li>
          ))}
        </ul>
        {endpoints && endpoints.length > 0 && (
          <>
            <p className={styles.heading}>{t('On your own servers')}</p>
            <ul aria-label={t('On your own servers')}>
              {endpoints.map((endpoint) => (
                <li key={endpoint.id}>
                  <button
                    type="button"
                    className={styles.choice}
                    aria-current={server?.id === endpoint.id}
                    onClick={() => chooseServer(endpoint)}
                  >
                    <Check size={16} aria-hidden />
                    <span>
                      {endpoint.name}
                      <small className={styles.destination}>
                        {t('Messages go to {{host}}', { host: hostOf(endpoint) })}
                      </small>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
        <a className={styles.all} href={hrefs.models} onClick={() => menu.current?.hidePopover()}>
          {t('All models')}
        </a>
      </div>
      <ConfirmServer endpoint={unconfirmed} onClose={() => setUnconfirmed(undefined)} />
    </>
  )
}

/** The server that answers, and where it is. */
function ServerPill({ server: { name, endpoint, isMissing } }: { server: ShownServer }) {
  return (
    <>
      <Globe size={16} aria-hidden />
      <span className={styles.name}>{name}</span>
      <span className={styles.destination}>
        {endpoint && t('Messages go to {{host}}', { host: hostOf(endpoint) })}
        {isMissing && t('Not among your servers any more')}
      </span>
      <span className="visually-hidden">{t('Change model')}</span>
    </>
  )
}

function statusText(status: EngineStatus): string {
  switch (status.phase) {
    case 'empty':
      return t('Not loaded')
    case 'loading':
      return status.progress ? progressText(status.progress) : t('Loading')
    case 'ready':
      return t('Ready')
    case 'failed':
      return t('Not loaded')
  }
}
