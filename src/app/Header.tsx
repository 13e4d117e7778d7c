import { SquarePen } from 'lucide-react'
import { SidebarToggle } from './chat/SidebarToggle'
import styles from './Header.module.css'
import { t } from './i18n/t'
import { DownloadIndicator } from './model/DownloadIndicator'
import { ModelMenu } from './model/ModelMenu'
import { SealMark } from './network/SealMark'
import { conversationHref, hrefs, type Route } from './route'
import { ChatSettingsButton } from './settings/ChatSettingsButton'
import { SettingsButton } from './settings/SettingsButton'
import { useChat } from './stores/context'
import { Button } from './ui/Button'
import { Logo } from './ui/Logo'

export function Header({ route }: { route: Route }) {
  const newChat = useChat((state) => state.newChat)
  const conversationId = useChat((state) => state.conversationId)
  // Back to the conversation that was left for another page.
  const chatHref = conversationId === undefined ? hrefs.chat : conversationHref(conversationId)
  const startChat = () => {
    newChat()
    location.hash = hrefs.chat
  }
  const pages = [
    ['chat', t('Chat')],
    ['models', t('Models')],
  ] as const
  return (
    <header className={styles.header} data-route={route}>
      <div className={styles.start}>
        {route === 'chat' && <SidebarToggle />}
        <div className={styles.brand}>
          <Logo size={24} />
          <h1 className={styles.name}>Alcove</h1>
        </div>
        <nav className={styles.pages} aria-label={t('Pages')}>
          {pages.map(([page, name]) => (
            <a
              key={page}
              href={page === 'chat' ? chatHref : hrefs[page]}
              aria-current={page === route ? 'page' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
      </div>
      <ModelMenu />
      <div className={styles.end}>
        <SealMark />
        <DownloadIndicator />
        {route === 'chat' && <ChatSettingsButton />}
        <SettingsButton className={styles.settings} />
        <Button
          look="plain"
          className={styles.newChat}
          aria-label={t('New chat')}
          onClick={startChat}
        >
          <SquarePen size={18} aria-hidden />
          <span className={styles.label}>{t('New chat')}</span>
        </Button>
      </div>
    </header>
  )
}
