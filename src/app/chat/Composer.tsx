import { ArrowUp, Square } from 'lucide-react'
import {
  type ClipboardEvent,
  type FormEvent,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useRef,
} from 'react'
import { contextLevel } from '../conversations/context-window'
import { t } from '../i18n/t'
import { ServerMark } from '../remote/ServerMark'
import { EffortSelector } from '../settings/EffortSelector'
import type { Room } from '../stores/chat-store'
import { useChat, useConversations, useDraftFiles, useDraftKey, useStores } from '../stores/context'
import { messageBoxId } from '../templates/use-insert-template'
import { useTemplateMenu } from '../templates/use-template-menu'
import { Button } from '../ui/Button'
import { AttachButton } from './AttachButton'
import { AttachmentChips } from './AttachmentChips'
import { AttachmentRefusals } from './AttachmentRefusals'
import styles from './Composer.module.css'
import { ContextMeter } from './ContextMeter'
import { ContextNotice } from './ContextNotice'
import { useAnswerer } from './use-answerer'
import { useContextUse } from './use-context-use'

/**
 * Where the user writes. Enter sends, Shift+Enter begins a line, and / at the beginning offers
 * templates.
 */
export function Composer() {
  const { chat, conversations, attachments } = useStores()
  const answerer = useAnswerer()
  const busy = useChat((state) => state.busy)
  const opening = useChat((state) => state.opening)
  const draftKey = useDraftKey()
  const text = useConversations((state) => state.drafts.get(draftKey) ?? '')
  const setText = (text: string) => conversations.getState().setDraft(draftKey, text)
  const files = useDraftFiles(draftKey)
  const textbox = useRef<HTMLTextAreaElement>(null)
  const draft = { content: text, attachments: files.attachments }
  const templates = useTemplateMenu(text, setText)
  const use = useContextUse(draft)
  const level = use && contextLevel(use)
  const isBegun = useChat((state) => state.messages.length > 0)
  const isSomething = text.trim() !== '' || files.attachments.length > 0
  const canAsk = !busy && !opening && answerer.isAble && files.reading.length === 0 && isSomething
  const canSend = canAsk && level !== 'full'
  const pasteLongText = usePastedText(textbox, draftKey)

  useReturningFocus(textbox)

  const ask = (room?: Room) => {
    void chat.getState().send(text, attachments.getState().take(draftKey), room)
    setText('')
  }
  const send = () => {
    if (canSend) ask()
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    send()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (templates.onKeyDown(event)) return
    // Enter that ends an input method's composition belongs to the input method.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }

  const onPaste = (event: ClipboardEvent) => {
    const { files } = event.clipboardData
    const pasted = event.clipboardData.getData('text/plain')
    // Programs that copy text often add a picture of it.
    if (files.length > 0 && pasted === '') void attachments.getState().add(draftKey, [...files])
    else if (pasted.length >= longTextLength) pasteLongText(pasted)
    else return
    event.preventDefault()
  }

  return (
    <div className={styles.composer}>
      <ServerMark />
      <AttachmentRefusals
        refusals={files.refusals}
        onDismiss={() => attachments.getState().dismissRefusals(draftKey)}
      />
      {use && canAsk && level === 'full' && <ContextNotice use={use} draft={draft} onRoom={ask} />}
      <form className={styles.form} onSubmit={onSubmit}>
        {templates.list}
        {/* Read aloud as files come. */}
        <div aria-live="polite">
          <AttachmentChips
            attachments={files.attachments}
            reading={files.reading}
            removal={{
              remove: (name) => attachments.getState().remove(draftKey, name),
              focusAfter: textbox,
            }}
          />
        </div>
        <textarea
          ref={textbox}
          id={messageBoxId}
          className={styles.textbox}
          aria-label={t('Message')}
          placeholder={t('Ask {{name}}', { name: answerer.name })}
          rows={1}
          // The placeholder is in the page's language, what is typed in whichever it is.
          dir={text === '' ? undefined : 'auto'}
          enterKeyHint="send"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          {...templates.textboxProps}
          onPaste={onPaste}
        />
        <div className={styles.controls}>
          <div className={styles.choices}>
            <AttachButton onFiles={(files) => void attachments.getState().add(draftKey, files)} />
            <EffortSelector />
          </div>
          {busy ? (
            <Button
              look="primary"
              square
              className={styles.round}
              aria-label={t('Stop')}
              onClick={() => chat.getState().stop()}
            >
              <Square size={14} fill="currentColor" aria-hidden />
            </Button>
          ) : (
            <Button
              look="primary"
              square
              className={styles.round}
              type="submit"
              aria-label={t('Send')}
              disabled={!canSend}
            >
              <ArrowUp size={20} aria-hidden />
            </Button>
          )}
        </div>
      </form>
      <div className={styles.foot}>
        <p className={styles.hint}>{answerer.hint}</p>
        {use && (isBegun || level !== 'calm') && <ContextMeter use={use} />}
      </div>
    </div>
  )
}

/** A pasted text of this many signs is a document rather than words of one's own. */
const longTextLength = 5000

/** Attaches a long text in place of pasting it, and offers to paste it after all. */
function usePastedText(textbox: RefObject<HTMLTextAreaElement | null>, draftKey: string) {
  const { attachments, conversations, toasts } = useStores()
  return (text: string) => {
    const name = attachments.getState().addText(draftKey, text)
    toasts.getState().show(t('The long text is attached as {{name}}', { name }), {
      label: t('Paste it as text'),
      run() {
        attachments.getState().remove(draftKey, name)
        const box = textbox.current
        if (box === null) return
        box.setRangeText(text, box.selectionStart, box.selectionEnd, 'end')
        conversations.getState().setDraft(draftKey, box.value)
        box.focus()
      },
    })
  }
}

/** The textbox has the focus at the start, after every question and after every answer. */
function useReturningFocus(textbox: RefObject<HTMLTextAreaElement | null>) {
  const messages = useChat((state) => state.messages.length)
  const busy = useChat((state) => state.busy)

  // biome-ignore lint/correctness/useExhaustiveDependencies: each change returns the focus
  useEffect(() => {
    // A phone's keyboard would cover half of the page that is being read.
    if (!matchMedia('(pointer: fine)').matches) return
    // Nobody is torn away from what they are writing elsewhere, or from a menu.
    if (document.activeElement?.closest('input, textarea, dialog, [role="menu"]')) return
    textbox.current?.focus({ preventScroll: true })
  }, [messages, busy])
}
