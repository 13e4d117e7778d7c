import { PanelLeft, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { t } from '../i18n/t'
import { SettingsButton } from '../settings/SettingsButton'
import { useSettings } from '../stores/context'
import { Button } from '../ui/Button'
import { Sidebar } from './Sidebar'
import styles from './SidebarToggle.module.css'
import { useIsWide } from './use-is-wide'

/** Shows and hides the conversations: beside the chat where there is room, else in a drawer. */
export function SidebarToggle() {
  const isWide = useIsWide()
  return isWide ? <PanelToggle /> : <DrawerToggle />
}

function PanelToggle() {
  const isShown = useSettings((state) => state.showsSidebar)
  const setShown = useSettings((state) => state.setShowsSidebar)
  return (
    <Button
      look="plain"
      square
      className={styles.toggle}
      aria-label={t('Chats')}
      aria-expanded={isShown}
      onClick={() => setShown(!isShown)}
    >
      <PanelLeft className="mirrored" size={18} aria-hidden />
    </Button>
  )
}

function DrawerToggle() {
  const drawer = useRef<HTMLDialogElement>(null)
  const close = () => drawer.current?.close()

  // Back and forward lead away from under it.
  useEffect(() => {
    addEventListener('hashchange', close)
    return () => removeEventListener('hashchange', close)
  })

  return (
    <>
      <Button
        look="plain"
        square
        className={styles.toggle}
        aria-label={t('Chats')}
        aria-haspopup="dialog"
        onClick={() => drawer.current?.showModal()}
      >
        <PanelLeft className="mirrored" size={18} aria-hidden />
      </Button>
      <dialog ref={drawer} className={styles.drawer} aria-label={t('Chats')} closedby="any">
        <div className={styles.head}>
          <h2 className={styles.title}>{t('Chats')}</h2>
          <SettingsButton className={styles.settings} />
          <Button look="plain" square aria-label={t('Close')} onClick={close}>
            <X size={18} aria-hidden />
          </Button>
        </div>
        <Sidebar onNavigate={close} />
      </dialog>
    </>
  )
}
