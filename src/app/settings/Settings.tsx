import { useEffect, useId } from 'react'
import { BackupBar } from '../chat/BackupBar'
import { languageNames } from '../commands/commands'
import { formatBytes } from '../format'
import type { Language } from '../i18n/locales'
import { t } from '../i18n/t'
import { isSealed } from '../network/policy'
import {
  useConversations,
  useDialogs,
  useInstall,
  useModels,
  useSettings,
  useStores,
} from '../stores/context'
import type { Theme } from '../stores/settings-store'
import { Button } from '../ui/Button'
import styles from './Settings.module.css'

/** What holds for the whole page, and what it has stored. */
export function Settings() {
  const language = useSettings((state) => state.language)
  const setLanguage = useSettings((state) => state.setLanguage)
  const theme = useSettings((state) => state.theme)
  const setTheme = useSettings((state) => state.setTheme)
  const themes: [Theme, string][] = [
    ['system', t('as the system')],
    ['light', t('light')],
    ['dark', t('dark')],
  ]
  const show = useDialogs((state) => state.show)
  const stored = useId()
  return (
    <div className={styles.settings}>
      <label className={styles.row}>
        {t('Language')}
        <select
          className={styles.select}
          value={language}
          onChange={({ target }) => setLanguage(target.value as Language)}
        >
          {languageNames().map(([language, name]) => (
            <option key={language} value={language}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className={styles.row}>
        {t('Theme')}
        <select
          className={styles.select}
          value={theme}
          onChange={({ target }) => setTheme(target.value as Theme)}
        >
          {themes.map(([theme, name]) => (
            <option key={theme} value={theme}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <div className={styles.row}>
        {isSealed
          ? t('This page is sealed: it can ask for nothing.')
          : t('What this page asks for')}
        <Button aria-haspopup="dialog" onClick={() => show({ name: 'network' })}>
          {t('Network')}
        </Button>
      </div>
      <section className={styles.stored} aria-labelledby={stored}>
        <h3 id={stored}>{t('Stored in this browser')}</h3>
        <Stored />
        <BackupBar />
        <Install />
      </section>
    </div>
  )
}

/** An app of its own is cleared less readily, and opens without the browser around it. */
function Install() {
  const canInstall = useInstall((state) => state.canInstall)
  const install = useInstall((state) => state.install)
  if (!canInstall) return null
  return <Button onClick={() => void install()}>{t('Install Alcove as an app')}</Button>
}

function Stored() {
  const { models } = useStores()
  const chats = useConversations(({ conversations }) => conversations?.length ?? 0)
  const storage = useModels((state) => state.storage)
  const modelBytes = useModels((state) =>
    state.models.reduce((sum, { stored }) => sum + (stored?.storedBytes ?? 0), 0),
  )

  useEffect(() => {
    void models.getState().refresh()
  }, [models])

  return (
    <ul>
      <li>{t('{{count}} chats', { count: chats })}</li>
      <li>{t('Models: {{bytes}}', { bytes: formatBytes(modelBytes) })}</li>
      {storage && (
        <li>
          {t('All together {{used}}, {{free}} free by the browser’s estimate', {
            used: formatBytes(storage.usedBytes),
            free: formatBytes(Math.max(0, storage.quotaBytes - storage.usedBytes)),
          })}
        </li>
      )}
    </ul>
  )
}
