import { type FormEvent, useId, useState } from 'react'
import type { Conversation } from '../conversations/conversation'
import { hasTag, splitTags, tagsInUse } from '../conversations/tags'
import { t } from '../i18n/t'
import { useConversations } from '../stores/context'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import { FormActions } from '../ui/FormActions'
import styles from './TagsDialog.module.css'

interface TagsDialogProps {
  /** Whose tags are to be changed; nothing is shown while this is undefined. */
  conversation: Conversation | undefined
  onClose: () => void
}

/** Asks by what a chat is to be sorted. */
export function TagsDialog({ conversation, onClose }: TagsDialogProps) {
  const form = useId()
  return (
    <Dialog
      title={t('Tags')}
      open={conversation !== undefined}
      onClose={onClose}
      actions={<FormActions form={form} submit={t('Save')} onCancel={onClose} />}
    >
      {conversation && <TagsForm id={form} conversation={conversation} onClose={onClose} />}
    </Dialog>
  )
}

interface TagsFormProps {
  id: string
  conversation: Conversation
  onClose: () => void
}

function TagsForm({ id, conversation, onClose }: TagsFormProps) {
  const all = useConversations((state) => state.conversations)
  const change = useConversations((state) => state.change)
  const [text, setText] = useState((conversation.tags ?? []).join(', '))
  const tags = splitTags(text)

  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    change(conversation.id, { tags: tags.length > 0 ? tags : undefined })
    onClose()
  }
  const toggle = (tag: string) => {
    const others = tags.filter((own) => !hasTag({ tags: [tag] }, own))
    setText((others.length < tags.length ? others : [...tags, tag]).join(', '))
  }

  return (
    <form id={id} className={styles.form} onSubmit={onSubmit}>
      <label>
        {t('Tags, separated by commas')}
        <input
          autoComplete="off"
          dir="auto"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields */}
      <div className={styles.known} role="group" aria-label={t('Tags of other chats')}>
        {tagsInUse(all ?? []).map((tag) => (
          <Button key={tag} aria-pressed={hasTag({ tags }, tag)} onClick={() => toggle(tag)}>
            {tag}
          </Button>
        ))}
      </div>
    </form>
  )
}
