import { SlidersHorizontal } from 'lucide-react'
import { isSet } from '../conversations/chat-settings'
import { t } from '../i18n/t'
import { isAsIn } from '../stores/chat-settings-store'
import { useChatSettings, useLibrary } from '../stores/context'
import styles from './SettingsMark.module.css'
import { samplingFacts } from './sampling-facts'

/** Says that the shown chat has settings of its own, and opens them; nothing where it has none. */
export function SettingsMark() {
  const settings = useChatSettings((state) => state.settings)
  const open = useChatSettings((state) => state.open)
  const persona = useLibrary((state) => state.personas.find(({ id }) => id === settings.personaId))
  if (!isSet(settings)) return null

  const own = [
    settings.instructions.trim() !== '' && t('Own instructions'),
    ...samplingFacts(settings.sampling),
  ].filter((fact) => fact !== false)
  const text = persona && isAsIn(settings, persona) ? persona.name : own.join(' · ')
  return (
    <button
      type="button"
      className={styles.mark}
      aria-label={t('Chat settings: {{settings}}', { settings: text })}
      aria-haspopup="dialog"
      onClick={open}
    >
      <SlidersHorizontal size={14} aria-hidden />
      <span className={styles.text} dir="auto">
        {text}
      </span>
    </button>
  )
}
