import { Globe, Unplug } from 'lucide-react'
import { t } from '../i18n/t'
import { useShownServer } from '../stores/context'
import { hostOf } from './endpoint'
import styles from './ServerMark.module.css'

/** Says, as long as it is so, that what is written here leaves the device, and where it goes. */
export function ServerMark() {
  const server = useShownServer()
  return (
    <div role="status" className={styles.status}>
      {server?.endpoint && (
        <p className={styles.mark}>
          <Globe size={16} aria-hidden />
          {t('Messages go to {{host}}', { host: hostOf(server.endpoint) })}
        </p>
      )}
      {server?.isMissing && (
        <p className={styles.mark}>
          <Unplug size={16} aria-hidden />
          {t('“{{name}}” is not among your servers any more. Choose who answers at the top.', {
            name: server.name,
          })}
        </p>
      )}
    </div>
  )
}
