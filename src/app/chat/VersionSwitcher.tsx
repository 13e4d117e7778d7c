import { ChevronLeft, ChevronRight } from 'lucide-react'
import { t } from '../i18n/t'
import { useChat } from '../stores/context'
import { Button } from '../ui/Button'
import styles from './Message.module.css'

interface VersionSwitcherProps {
  messageId: string
  /** All versions of the message, oldest first; undefined where it is the only one. */
  versions: readonly string[] | undefined
}

/** ‹ 2/3 ›: leads from one version of a message, and all that follows it, to another. */
export function VersionSwitcher({ messageId, versions }: VersionSwitcherProps) {
  const showVersion = useChat((state) => state.showVersion)
  const busy = useChat((state) => state.busy)
  if (versions === undefined) return null
  const index = versions.indexOf(messageId)
  const step = (to: number) => {
    const version = versions[to]
    if (version !== undefined) showVersion(version)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    <div className={styles.versions} role="group" aria-label={t('Versions')}>
      <Button
        look="plain"
        square
        aria-label={t('Previous version')}
        disabled={busy || index <= 0}
        onClick={() => step(index - 1)}
      >
        <ChevronLeft className="mirrored" size={16} aria-hidden />
      </Button>
      <span>
        {index + 1}/{versions.length}
      </span>
      <Button
        look="plain"
        square
        aria-label={t('Next version')}
        disabled={busy || index >= versions.length - 1}
        onClick={() => step(index + 1)}
      >
        <ChevronRight className="mirrored" size={16} aria-hidden />
      </Button>
    </div>
  )
}
