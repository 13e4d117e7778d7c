import { Cpu } from 'lucide-react'
import { useId } from 'react'
import type { DeviceReport } from '../../engine/index'
import { formatBytes } from '../format'
import { t } from '../i18n/t'
import { useModels } from '../stores/context'
import { Button } from '../ui/Button'
import { CopyButton } from '../ui/CopyButton'
import { ErrorNotice } from '../ui/ErrorNotice'
import styles from './DeviceCheck.module.css'
import { adapterName, deviceFacts, deviceReportText } from './device-report'
import { isUnsupported, UnsupportedNotice } from './Unsupported'
import { verdictText } from './verdict-text'

/** Can this machine run it? For those who want to know before they download anything. */
export function DeviceCheck() {
  const { running, device, probes, error } = useModels((state) => state.deviceCheck)
  const models = useModels((state) => state.models)
  const checkDevice = useModels((state) => state.checkDevice)
  const title = useId()
  const untested = device?.adapter.isSoftware
    ? t('Not tested: on the processor it would take this machine’s own memory.')
    : t('Not tested')
  const probed = models
    .filter(({ card }) => card.facts)
    .map(({ model, card }) => ({ name: card.name, probe: probes[model]?.probe }))

  return (
    <section className={styles.section} aria-labelledby={title}>
      <div className={styles.head}>
        <div>
          <h3 id={title}>{t('Can this machine run them?')}</h3>
          <p>
            {t(
              'Asks your GPU what it offers, and tries for a moment whether it grants the memory that each model takes. Nothing is downloaded, and nothing is sent anywhere.',
            )}
          </p>
        </div>
        <div className={styles.actions}>
          <a href="./bench.html">{t('Measure how fast')}</a>
          <Button onClick={() => void checkDevice()} disabled={running}>
            <Cpu size={16} aria-hidden />
            {running ? t('Checking') : device ? t('Check again') : t('Check this device')}
          </Button>
        </div>
      </div>
      {error &&
        (isUnsupported(error) ? (
          <div className={styles.report}>
            <UnsupportedNotice error={error} onRetry={() => void checkDevice()} />
          </div>
        ) : (
          <ErrorNotice error={error} actions={undefined} />
        ))}
      {device && !error && (
        <div className={styles.report} aria-live="polite" aria-busy={running}>
          <Device device={device} />
          <ul className={styles.results} aria-label={t('Results')}>
            {probed.map(({ name, probe }) => {
              const verdict = probe && verdictText(probe.memory)
              return (
                <li key={name} data-tone={verdict?.tone}>
                  <strong>{name}</strong>
                  {verdict ? (
                    <span>{`${verdict.title}. ${verdict.why}`}</span>
                  ) : (
                    <span>{running ? t('Testing') : untested}</span>
                  )}
                  {probe && (
                    <span className={styles.granted}>
                      {t('Granted {{granted}} of {{needed}}', {
                        granted: formatBytes(probe.grantedBytes),
                        needed: formatBytes(probe.neededBytes),
                      })}
                    </span>
                  )}
                </li>
              )
            })}
          </ul>
          {!running && (
            <div>
              <CopyButton
                text={deviceReportText(device, probed, navigator.userAgent)}
                label={t('Copy report')}
              />
            </div>
          )}
        </div>
      )}
    </section>
  )
}

function Device({ device }: { device: DeviceReport }) {
  return (
    <div className={styles.device}>
      <h4>{adapterName(device.adapter)}</h4>
      <dl>
        {deviceFacts(device).map(({ name, value, meaning }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value}
              <span>{meaning}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
