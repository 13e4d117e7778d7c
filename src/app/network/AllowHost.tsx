import { t } from '../i18n/t'
import { Button } from '../ui/Button'
import { allowHost } from './allowed-hosts'
import { type Errand, leaveErrand } from './errand'
import { isSealed } from './policy'

interface AllowHostProps {
  origin: string
  /** What to do once it can be reached. */
  errand?: Errand | undefined
}

/** Adds a server to those that the page may reach, and opens the page anew. */
export function AllowHost({ origin, errand }: AllowHostProps) {
  if (isSealed) return null
  const allow = () => {
    allowHost(origin)
    if (errand) leaveErrand(errand)
    location.reload()
  }
  return (
    <Button look="primary" onClick={allow}>
      {t('Allow {{host}}', { host: new URL(origin).host })}
    </Button>
  )
}
