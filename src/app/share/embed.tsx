/** The entry of embed.html: what was shared, in a frame on somebody's page. No engine, no storage. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { t } from '../i18n/t'
import { useLocale } from '../i18n/use-locale'
import { useHash } from '../route'
import { Logo } from '../ui/Logo'
import '../styles/tokens.css'
import '../styles/base.css'
import styles from './embed.module.css'
import { OpenShare } from './OpenShare'
import { Transcript } from './Transcript'

function Embed() {
  const hash = useHash()
  const locale = useLocale('system')
  if (locale === undefined) return null
  return (
    <main className={styles.page}>
      <OpenShare key={hash} hash={hash}>
        {(share) => (
          <>
            <h1 dir="auto">{share.title}</h1>
            <Transcript share={share} />
          </>
        )}
      </OpenShare>
      <footer className={styles.foot}>
        <a href={`./${hash}`} target="_blank" rel="noopener">
          <Logo size={18} />
          {t('Open in Alcove')}
        </a>
      </footer>
    </main>
  )
}

const root = document.getElementById('root')
if (root === null) throw new Error('embed.html has no #root')

createRoot(root).render(
  <StrictMode>
    <Embed />
  </StrictMode>,
)
