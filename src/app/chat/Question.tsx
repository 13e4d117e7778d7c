import { Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, memo, useEffect, useRef, useState } from 'react'
import type { UserMessage } from '../conversations/conversation'
import { t } from '../i18n/t'
import { useChat, useStores } from '../stores/context'
import { Button } from '../ui/Button'
import { CopyButton } from '../ui/CopyButton'
import { Menu, MenuItem } from '../ui/Menu'
import { AttachmentChips } from './AttachmentChips'
import { ContextDivider } from './ContextDivider'
import shared from './Message.module.css'
import styles from './Question.module.css'
import { useRemoveMessage } from './use-remove-message'
import { VersionSwitcher } from './VersionSwitcher'

interface QuestionProps {
  message: UserMessage
  versions: readonly string[] | undefined
  /** Whether the model's view of the conversation begins here. */
  startsContext?: boolean
}

/** What the user wrote; it can be edited, which begins a branch. */
export const Question = memo(function Question({
  message,
  versions,
  startsContext = false,
}: QuestionProps) {
  const [editing, setEditing] = useState(false)
  const edit = useRef<HTMLButtonElement>(null)
  const wasEditing = useRef(false)

  // The focus comes back to where editing began.
  useEffect(() => {
    if (wasEditing.current && !editing) edit.current?.focus()
    wasEditing.current = editing
  }, [editing])

  return (
    <article className={styles.question} aria-label={t('You')}>
      {startsContext && <ContextDivider message={message} />}
      {editing ? (
        <Editor message={message} onClose={() => setEditing(false)} />
      ) : (
        <>
          <AttachmentChips attachments={message.attachments ?? []} />
          {message.content !== '' && (
            <div className={styles.bubble} dir="auto">
              {message.content}
            </div>
          )}
          <Actions
            message={message}
            versions={versions}
            editButton={edit}
            onEdit={() => setEditing(true)}
          />
        </>
      )}
    </article>
  )
})

interface ActionsProps extends QuestionProps {
  editButton: React.RefObject<HTMLButtonElement | null>
  onEdit: () => void
}

function Actions({ message, versions, editButton, onEdit }: ActionsProps) {
  const busy = useChat((state) => state.busy)
  const remove = useRemoveMessage()
  return (
    <div className={[shared.actions, styles.actions].join(' ')} data-many={versions !== undefined}>
      <VersionSwitcher messageId={message.id} versions={versions} />
      <Button
        ref={editButton}
        look="plain"
        square
        aria-label={t('Edit')}
        disabled={busy}
        onClick={onEdit}
      >
        <Pencil size={16} aria-hidden />
      </Button>
      <CopyButton text={message.content} label={t('Copy')} iconOnly />
      <Menu label={t('More for your message')} icon={<Ellipsis size={16} aria-hidden />}>
        <MenuItem
          icon={<Trash2 size={16} aria-hidden />}
          danger
          onClick={() => void remove(message.id)}
        >
          {t('Delete from here on')}
        </MenuItem>
      </Menu>
    </div>
  )
}

function Editor({ message, onClose }: { message: UserMessage; onClose: () => void }) {
  const { chat } = useStores()
  const before = message.attachments ?? []
  const [text, setText] = useState(message.content)
  const [attachments, setAttachments] = useState(before)
  const textbox = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    textbox.current?.focus()
    textbox.current?.setSelectionRange(-1, -1)
  }, [])

  const isNothing = text.trim() === '' && attachments.length === 0
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (isNothing) return
    onClose()
    if (text.trim() !== message.content || attachments.length < before.length)
      void chat.getState().edit(message.id, text, attachments)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      onClose()
    } else if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      send(event)
    }
  }
  return (
    <form className={styles.editor} onSubmit={send}>
      <AttachmentChips
        attachments={attachments}
        removal={{
          remove: (name) => setAttachments(attachments.filter((kept) => kept.name !== name)),
          focusAfter: textbox,
        }}
      />
      <textarea
        ref={textbox}
        aria-label={t('Edit your message')}
        dir="auto"
        rows={1}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className={styles.editorButtons}>
        <Button onClick={onClose}>{t('Cancel')}</Button>
        <Button look="primary" type="submit" disabled={isNothing}>
          {t('Send as a new version')}
        </Button>
      </div>
    </form>
  )
}
