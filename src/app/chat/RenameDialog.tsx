import { type FormEvent, useId } from 'react'
import type { Conversation } from '../conversations/conversation'
import { t } from '../i18n/t'
import { useConversations } from '../stores/context'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import styles from './RenameDialog.module.css'

interface RenameDialogProps {
  /** Whose title is to be changed; nothing is shown while this is undefined. */
  conversation: Conversation | undefined
  onClose: () => void
}

export function RenameDialog({ conversation, onClose }: RenameDialogProps) {
  const rename = useConversations((state) => state.rename)
  const form = useId()
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const title = new FormData(event.currentTarget).get('title')
    if (conversation && typeof title === 'string') rename(conversation.id, title)
    onClose()
  }
  return (
    <Dialog
      title={t('Rename chat')}
      open={conversation !== undefined}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button look="primary" type="submit" form={form}>
            {t('Save')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={onSubmit}>
        <input
          key={conversation?.id}
          className={styles.title}
          name="title"
          aria-label={t('Title')}
          autoComplete="off"
          dir="auto"
          maxLength={200}
          defaultValue={conversation?.title}
          onFocus={(event) => event.target.select()}
        />
      </form>
    </Dialog>
  )
}
