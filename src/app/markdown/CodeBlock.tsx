import { lazy, Suspense, useDeferredValue } from 'react'
import { t } from '../i18n/t'
import { CopyButton } from '../ui/CopyButton'
import styles from './CodeBlock.module.css'
import { hasHidden } from './text'

interface CodeProps {
  code: string
  /** What stands behind the fence: a language's name, or nothing. */
  language: string
}

const PlainCode = ({ code }: CodeProps) => code

/** Longer code is shown plain: nobody waits for its colours. */
const highlightedLengthMax = 50_000

/** Arrives with the first code; without a network that code stays plain. */
const HighlightedCode = lazy(() =>
  import('./HighlightedCode').catch(() => ({ default: PlainCode })),
)

/** Code with its language's colours and a button that copies it. */
export function CodeBlock({ code, language }: CodeProps) {
  // While code grows, colours may lag behind the frame.
  const shown = useDeferredValue(code)
  const isHighlighted = language !== '' && code.length <= highlightedLengthMax
  return (
    <figure className={styles.block}>
      <figcaption className={styles.head}>
        <span>{language || t('Text')}</span>
        {hasHidden(code) && (
          <span className={styles.caution}>
            {t('Has hidden characters: what is shown may not be what runs')}
          </span>
        )}
        <CopyButton text={code} label={t('Copy code')} iconOnly />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className={styles.code} tabIndex={0} dir="ltr">
        <code>
          {isHighlighted ? (
            <Suspense fallback={code}>
              <HighlightedCode code={shown} language={language} />
            </Suspense>
          ) : (
            code
          )}
        </code>
      </pre>
    </figure>
  )
}
