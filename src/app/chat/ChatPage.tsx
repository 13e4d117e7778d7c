import { LoadFailure } from '../model/LoadFailure'
import { isUnsupported, Unsupported } from '../model/Unsupported'
import { useChat, useEngine } from '../stores/context'
import { Announcer } from './Announcer'
import styles from './ChatPage.module.css'
import { Composer } from './Composer'
import { Conversation } from './Conversation'

/** The conversation, and where the user writes. */
export function ChatPage() {
  const status = useEngine((state) => state.status)
  const hasMessages = useChat((state) => state.messages.length > 0)
  const failure = status.phase === 'failed' ? status.error : undefined

  if (failure && isUnsupported(failure) && !hasMessages) return <Unsupported error={failure} />
  return (
    <div className={styles.page}>
      <Conversation />
      <footer className={styles.dock}>
        {failure && <LoadFailure error={failure} />}
        <Composer />
      </footer>
      <Announcer />
    </div>
  )
}
