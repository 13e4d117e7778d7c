import { Activity, Suspense, useEffect, useState } from 'react'
import { useStore } from 'zustand'
import type { Engine } from '../engine/index'
import styles from './App.module.css'
import { ChatPage } from './chat/ChatPage'
import { useConversationRoute } from './chat/use-conversation-route'
import { useKeeping } from './chat/use-keeping'
import { useTitleBadge } from './chat/use-title-badge'
import { useShortcuts } from './commands/use-shortcuts'
import { Dialogs } from './Dialogs'
import { Header } from './Header'
import { t } from './i18n/t'
import { useLocale } from './i18n/use-locale'
import { claimErrand } from './network/errand'
import { UpdateNote } from './pwa/UpdateNote'
import { useBelongings } from './pwa/use-belongings'
import { useLaunches } from './pwa/use-launches'
import { useStartReport } from './pwa/use-start-report'
import { type Route, useRoute } from './route'
import { useTheme } from './settings/use-theme'
import { createStores, StoresContext, useSettings, useToasts } from './stores/context'
import { onDemand } from './ui/on-demand'
import { Toasts } from './ui/Toasts'

/** The page around one engine. It loads a model as soon as it is shown. */
export function App({ engine }: { engine: Engine }) {
  const [stores] = useState(() => createStores(engine))
  const locale = useLocale(useStore(stores.settings, ({ language }) => language))

  useEffect(() => {
    const { start, download, use } = stores.models.getState()
    void start().then(() => {
      const [downloaded, used] = [claimErrand('download'), claimErrand('use')]
      if (downloaded) void download(downloaded.model)
      if (used) void use(used.model)
    })
  }, [stores])

  // Words have to wait for their language; the model does not.
  if (locale === undefined) return null
  return (
    <StoresContext value={stores}>
      <Shell key={locale} />
    </StoresContext>
  )
}

/** A first visit chats; what it may never look at is fetched when it does. */
const ModelsPage = onDemand(async () => (await import('./model/ModelsPage')).ModelsPage)
const SharedPage = onDemand(async () => (await import('./share/SharedPage')).SharedPage)

function titleOf(route: Route): string {
  switch (route) {
    case 'chat':
      return 'Alcove'
    case 'models':
      return t('Models · Alcove')
    case 'shared':
      return t('Shared chat · Alcove')
  }
}

/** The header, and under it the page that the address names. */
function Shell() {
  const route = useRoute()
  useEffect(() => {
    document.title = titleOf(route)
  }, [route])

  useKeeping()
  useConversationRoute()
  useTitleBadge()
  useTheme(useSettings((state) => state.theme))
  useShortcuts()
  useStartReport()
  useBelongings()
  useLaunches()
  const toasts = useToasts((state) => state)

  return (
    <div className={styles.page}>
      <Header route={route} />
      {/* Hidden, not gone: a draft and the place in the conversation outlive a look at the models. */}
      <Activity mode={route === 'chat' ? 'visible' : 'hidden'}>
        <ChatPage />
      </Activity>
      {route === 'models' && (
        <Suspense>
          <ModelsPage />
        </Suspense>
      )}
      {route === 'shared' && (
        <Suspense>
          <SharedPage />
        </Suspense>
      )}
      <Dialogs />
      <Toasts toasts={toasts.toasts} onDismiss={toasts.dismiss}>
        <UpdateNote />
      </Toasts>
    </div>
  )
}
