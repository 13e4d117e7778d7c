import { PanelLeft, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { t } from '../i18n/t'
import { SettingsButton } from '../settings/SettingsButton'
import { useSettings } from '../stores/context'
import { Button } from '../ui/Button'
import { useModal } from '../ui/use-modal'
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
  const [open, setOpen] = useState(false)
  const { close, heading, dialogProps } = useModal(open, () => setOpen(false))

  // Back and forward lead away from under it.
  useEffect(() => {
    const onHashChange = () => setOpen(false)
    addEventListener('hashchange', onHashChange)
    return () => removeEventListener('hashchange', onHashChange)
  }, [])

  return (
    <>
      <Button
        look="plain"
        square
        className={styles.toggle}
        aria-label={t('Chats')}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <PanelLeft className="mirrored" size={18} aria-hidden />
      </Button>
      <dialog className={styles.drawer} {...dialogProps}>
        <div className={styles.head}>
          <h2 id={heading} className={styles.title}>
            {t('Chats')}
          </h2>
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
