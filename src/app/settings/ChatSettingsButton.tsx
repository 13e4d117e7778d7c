import { SlidersHorizontal } from 'lucide-react'
import { t } from '../i18n/t'
import { useChatSettings } from '../stores/context'
import { Button } from '../ui/Button'

/** Opens the settings of the chat that is shown. */
export function ChatSettingsButton() {
  const open = useChatSettings((state) => state.open)
  return (
    <Button
      look="plain"
      square
      aria-label={t('Chat settings')}
      aria-haspopup="dialog"
      onClick={open}
    >
      <SlidersHorizontal size={18} aria-hidden />
    </Button>
  )
}
