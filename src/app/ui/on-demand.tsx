import { RotateCw } from 'lucide-react'
import { type ComponentType, lazy } from 'react'
import { t } from '../i18n/t'
import { Button } from './Button'
import { Notice } from './Notice'
import styles from './on-demand.module.css'

/**
 * A component that is fetched when it is first shown, within a `Suspense`. Where it cannot be fetched,
 * as without a network, a notice stands in its place, and the rest of the page goes on.
 */
export const onDemand = <Props,>(fetchComponent: () => Promise<ComponentType<Props>>) =>
  lazy<ComponentType<Props>>(async () => ({
    default: await fetchComponent().catch(() => NotFetched),
  }))

function NotFetched() {
  return (
    <div className={styles.notFetched}>
      <Notice
        title={t('A part of this page could not be fetched')}
        actions={
          <Button onClick={() => location.reload()}>
            <RotateCw size={16} aria-hidden />
            {t('Reload')}
          </Button>
        }
      >
        {t('Check the connection, then reload. Your chats are kept.')}
      </Notice>
    </div>
  )
}
