import { type ContextUse, contextLevel, usedTokens } from '../conversations/context-window'
import { formatCount } from '../format'
import { t } from '../i18n/t'
import { Popover } from '../ui/Popover'
import styles from './ContextMeter.module.css'

/** How full the context is; a press shows what takes it. */
export function ContextMeter({ use }: { use: ContextUse }) {
  const { instructions, history, message, contextTokens } = use
  const used = usedTokens(use)
  const parts = [
    [t('Instructions'), instructions],
    [t('Messages so far'), history],
    [t('This message'), message],
    [t('Free'), Math.max(0, contextTokens - used)],
  ] as const
  return (
    <Popover
      label={t('Context')}
      className={styles.meter}
      button={
        <>
          <svg
            className={styles.ring}
            data-level={contextLevel(use)}
            viewBox="0 0 16 16"
            aria-hidden
          >
            <circle cx="8" cy="8" r="6" />
            <circle
              cx="8"
              cy="8"
              r="6"
              pathLength={1}
              strokeDasharray={`${Math.min(1, used / contextTokens)} 1`}
            />
          </svg>
          {t('{{used}} of {{total}} tokens', {
            used,
            total: contextTokens,
          })}
        </>
      }
    >
      <p className={styles.title}>{t('Context: what the model can take in at once')}</p>
      <dl className={styles.parts}>
        {parts.map(([name, tokens]) => (
          <div key={name} className={styles.part}>
            <dt>{name}</dt>
            <dd>{formatCount(tokens)}</dd>
          </div>
        ))}
      </dl>
    </Popover>
  )
}
