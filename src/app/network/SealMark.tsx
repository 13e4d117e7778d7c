import { Lock } from 'lucide-react'
import { t } from '../i18n/t'
import { useDialogs } from '../stores/context'
import { Button } from '../ui/Button'
import { isSealed } from './policy'
import styles from './SealMark.module.css'

/** Says that the page is sealed, as long as it is, and leads to where it is unsealed. */
export function SealMark() {
  const show = useDialogs((state) => state.show)
  if (!isSealed) return null
  return (
    <Button
      look="plain"
      className={styles.mark}
      aria-haspopup="dialog"
      onClick={() => show({ name: 'network' })}
    >
      <Lock size={14} aria-hidden />
      {t('Sealed')}
    </Button>
  )
}
