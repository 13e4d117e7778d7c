import { useEffect, useState } from 'react'
import type { Engine } from '../engine/index'
import styles from './App.module.css'
import { Announcer } from './chat/Announcer'
import { Composer } from './chat/Composer'
import { Conversation } from './chat/Conversation'
import { Header } from './Header'
import { LoadFailure } from './model/LoadFailure'
import { bundledModel } from './model/models'
import { isUnsupported, Unsupported } from './model/Unsupported'
import { createStores, StoresContext, useChat, useEngine } from './stores/context'

/** The page around one engine. It loads the bundled model as soon as it is shown. */
export function App({ engine }: { engine: Engine }) {
  const [stores] = useState(() => createStores(engine, bundledModel))

  useEffect(() => {
    void stores.engine.getState().load()
  }, [stores])

  return (
    <StoresContext value={stores}>
      <Page />
    </StoresContext>
  )
}

function Page() {
  const status = useEngine((state) => state.status)
  const hasMessages = useChat((state) => state.messages.length > 0)
  const failure = status.phase === 'failed' ? status.error : undefined

  if (failure && isUnsupported(failure) && !hasMessages)
    return (
      <div className={styles.page}>
        <Header />
        <Unsupported error={failure} />
      </div>
    )
  return (
    <div className={styles.page}>
      <Header />
      <Conversation />
      <footer className={styles.dock}>
        {failure && <LoadFailure error={failure} />}
        <Composer />
      </footer>
      <Announcer />
    </div>
  )
}
