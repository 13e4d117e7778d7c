import type { Conversation } from '../conversations/conversation'
import { t } from '../i18n/t'
import { useConversations } from '../stores/context'
import { NameDialog } from '../ui/NameDialog'

interface RenameDialogProps {
  /** Whose title is to be changed; nothing is shown while this is undefined. */
  conversation: Conversation | undefined
  onClose: () => void
}

export function RenameDialog({ conversation, onClose }: RenameDialogProps) {
  const rename = useConversations((state) => state.rename)
  return (
    <NameDialog
      title={t('Rename chat')}
      label={t('Title')}
      name={conversation?.title}
      maxLength={200}
      onSave={(title) => conversation && rename(conversation.id, title)}
      onClose={onClose}
    />
  )
}
