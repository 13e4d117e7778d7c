import { Suspense, useState } from 'react'
import { t } from '../i18n/t'
import { Dialog } from '../ui/Dialog'
import { onDemand } from '../ui/on-demand'
import styles from './PaletteInput.module.css'

const Palette = onDemand(async () => (await import('./Palette')).Palette)

interface PaletteDialogProps {
  open: boolean
  onClose: () => void
}

/** The command palette over the page. What is typed before it has been fetched is kept for it. */
export function PaletteDialog({ open, onClose }: PaletteDialogProps) {
  const [query, setQuery] = useState('')
  const close = () => {
    setQuery('')
    onClose()
  }
  return (
    <Dialog title={t('Commands')} bare open={open} onClose={close}>
      <Suspense
        fallback={
          <input
            className={styles.input}
            aria-label={t('Commands')}
            placeholder={t('Type a command or the title of a chat')}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            autoFocus
          />
        }
      >
        <Palette query={query} onQuery={setQuery} onClose={close} />
      </Suspense>
    </Dialog>
  )
}
