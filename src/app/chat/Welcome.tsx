import { ArrowUpRight } from 'lucide-react'
import { useActiveCard, useChat } from '../stores/context'
import { Logo } from '../ui/Logo'
import styles from './Welcome.module.css'

/** The chat before its first message: what this is, and questions to begin with. */
export function Welcome() {
  const card = useActiveCard()
  const send = useChat((state) => state.send)
  return (
    <section className={styles.welcome} aria-label="Welcome">
      <Logo size={44} />
      <h2>A quiet place to think</h2>
      <p className={styles.lead}>
        The model runs on your own GPU, inside this page. Nothing you type leaves your device.
      </p>
      <ul className={styles.suggestions} aria-label="Suggestions">
        {card.suggestions.map((suggestion) => (
          <li key={suggestion}>
            <button
              type="button"
              className={styles.suggestion}
              onClick={() => void send(suggestion)}
            >
              {suggestion}
              <ArrowUpRight size={16} aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      <p className={styles.note}>{card.summary}</p>
    </section>
  )
}
