import { Settings } from 'lucide-react'
import { t } from '../i18n/t'
import { useDialogs } from '../stores/context'
import { Button } from '../ui/Button'

/** Opens the settings of the page. */
export function SettingsButton({ className }: { className?: string | undefined }) {
  const show = useDialogs((state) => state.show)
  return (
    <Button
      look="plain"
      square
      className={className}
      aria-label={t('Settings')}
      aria-haspopup="dialog"
      onClick={() => show({ name: 'settings' })}
    >
      <Settings size={18} aria-hidden />
    </Button>
  )
}
