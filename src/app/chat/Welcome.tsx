import { ArrowUpRight } from 'lucide-react'
import { t } from '../i18n/t'
import { bundledModel, suggestions } from '../model/models'
import { hostOf } from '../remote/endpoint'
import { useActiveCard, useChat, useShownServer } from '../stores/context'
import { Logo } from '../ui/Logo'
import { FirstRun } from './FirstRun'
import styles from './Welcome.module.css'

/** The chat before its first message: what this is, and questions to begin with. */
export function Welcome() {
  const card = useActiveCard()
  const endpoint = useShownServer()?.endpoint
  const send = useChat((state) => state.send)
  return (
    <section className={styles.welcome} aria-label={t('Welcome')}>
      <Logo size={44} />
      <h2>{t('A quiet place to think')}</h2>
      <p className={styles.lead}>
        {endpoint
          ? t('{{model}} on your server {{host}} answers here. What you type is sent there.', {
              model: endpoint.model,
              host: hostOf(endpoint),
            })
          : t(
              'The model runs on your own GPU, inside this page. Nothing you type leaves your device.',
            )}
      </p>
      {!endpoint && card === bundledModel && <FirstRun />}
      <ul className={styles.suggestions} aria-label={t('Suggestions')}>
        {(endpoint ? suggestions() : card.suggestions).map((suggestion) => (
          <li key={suggestion}>
            <button
              type="button"
              className={styles.suggestion}
              onClick={() => void send(suggestion)}
            >
              <span dir="auto">{suggestion}</span>
              <ArrowUpRight className="mirrored" size={16} aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      {!endpoint && card !== bundledModel && <p className={styles.note}>{card.summary}</p>}
    </section>
  )
}
