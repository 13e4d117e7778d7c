import { MonitorX, RotateCw } from 'lucide-react'
import type { EngineErrorData } from '../../engine/errors'
import { errorText } from '../error-text'
import { t } from '../i18n/t'
import { hrefs } from '../route'
import { useEngine } from '../stores/context'
import { Button } from '../ui/Button'
import styles from './Unsupported.module.css'

/** Where WebGPU works, and what may have to be switched on. */
const browsers = () =>
  [
    ['Chrome, Edge', t('127 or newer on Windows, macOS, ChromeOS and Android; 144 on Linux')],
    ['Safari', t('26 or newer on macOS, iPhone and iPad')],
    ['Firefox', t('141 or newer on Windows, 145 on Macs with Apple silicon')],
  ] as const

/** True for errors that no retry on this browser and device is likely to cure. */
export function isUnsupported(error: EngineErrorData): boolean {
  return error.code === 'webgpu-missing' || error.code === 'adapter-missing'
}

/** The page where the GPU cannot be reached. */
export function Unsupported({ error }: { error: EngineErrorData }) {
  const load = useEngine((state) => state.load)
  return (
    <main className={styles.main}>
      <UnsupportedNotice error={error} onRetry={() => void load()} />
    </main>
  )
}

interface UnsupportedNoticeProps {
  error: EngineErrorData
  onRetry: () => void
}

/** Why the GPU cannot be reached, and what would work. */
export function UnsupportedNotice({ error, onRetry }: UnsupportedNoticeProps) {
  const { happened, remedy } = errorText(error)
  return (
    <div className={styles.body} role="alert">
      <MonitorX className={styles.icon} size={32} strokeWidth={1.5} aria-hidden />
      <h2>{t('Alcove cannot reach your GPU')}</h2>
      <p>{happened}</p>
      <p>{remedy}</p>
      <dl className={styles.browsers}>
        {browsers().map(([name, versions]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{versions}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.hint}>
        {t(
          'If yours is one of these, look whether hardware acceleration is switched on in its settings, then try again.',
        )}
      </p>
      <p className={styles.hint}>
        <a href={hrefs.models}>
          {t('A larger machine of yours can answer instead: add it on the Models page.')}
        </a>
      </p>
      <Button className={styles.retry} onClick={onRetry}>
        <RotateCw size={16} aria-hidden />
        {t('Retry')}
      </Button>
    </div>
  )
}
