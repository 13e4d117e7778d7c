import { Activity, useEffect, useState } from 'react'
import type { Engine } from '../engine/index'
import styles from './App.module.css'
import { ChatPage } from './chat/ChatPage'
import { Header } from './Header'
import { ModelsPage } from './model/ModelsPage'
import { bundledModel } from './model/models'
import { useRoute } from './route'
import { createStores, StoresContext } from './stores/context'

/** The page around one engine. It loads the bundled model as soon as it is shown. */
export function App({ engine }: { engine: Engine }) {
  const [stores] = useState(() => createStores(engine, bundledModel))

  useEffect(() => {
    void stores.engine.getState().load()
  }, [stores])

  return (
    <StoresContext value={stores}>
      <Shell />
    </StoresContext>
  )
}

const titles = { chat: 'Alcove', models: 'Models · Alcove' }

/** The header, and under it the page that the address names. */
function Shell() {
  const route = useRoute()
  useEffect(() => {
    document.title = titles[route]
  }, [route])

  return (
    <div className={styles.page}>
      <Header route={route} />
      {/* Hidden, not gone: a draft and the place in the conversation outlive a look at the models. */}
      <Activity mode={route === 'chat' ? 'visible' : 'hidden'}>
        <ChatPage />
      </Activity>
      {route === 'models' && <ModelsPage />}
    </div>
  )
}
