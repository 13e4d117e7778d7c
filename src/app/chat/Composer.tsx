import { ArrowUp, Square } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, type RefObject, useEffect, useRef } from 'react'
import { contextLevel } from '../conversations/context-window'
import { newChatDraft } from '../conversations/storage'
import { t } from '../i18n/t'
import { ServerMark } from '../remote/ServerMark'
import { EffortSelector } from '../settings/EffortSelector'
import type { ChatStore, Room } from '../stores/chat-store'
import { useChat, useConversations, useStores } from '../stores/context'
import { messageBoxId } from '../templates/use-insert-template'
import { useTemplateMenu } from '../templates/use-template-menu'
import { Button } from '../ui/Button'
import styles from './Composer.module.css'
import { ContextMeter } from './ContextMeter'
import { ContextNotice } from './ContextNotice'
import { useAnswerer } from './use-answerer'
import { useContextUse } from './use-context-use'

/**
 * Where the user writes. Enter sends, Shift+Enter begins a line, Esc stops the answer, and / at the
 * beginning offers templates.
 */
export function Composer() {
  const { chat, conversations } = useStores()
  const answerer = useAnswerer()
  const busy = useChat((state) => state.busy)
  const draftKey = useChat((state) => state.conversationId ?? newChatDraft)
  const text = useConversations((state) => state.drafts.get(draftKey) ?? '')
  const setText = (text: string) => conversations.getState().setDraft(draftKey, text)
  const textbox = useRef<HTMLTextAreaElement>(null)
  const templates = useTemplateMenu(text, setText)
  const use = useContextUse(text)
  const level = use && contextLevel(use)
  const isBegun = useChat((state) => state.messages.length > 0)
  const canAsk = !busy && answerer.isAble && text.trim() !== ''
  const canSend = canAsk && level !== 'full'

  useReturningFocus(textbox)
  useEscape(chat)

  const ask = (room?: Room) => {
    void chat.getState().send(text, room)
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

  return (
    <div className={styles.composer}>
      <ServerMark />
      {use && canAsk && level === 'full' && <ContextNotice use={use} draft={text} onRoom={ask} />}
      <form className={styles.form} onSubmit={onSubmit}>
        {templates.list}
        <textarea
          ref={textbox}
          id={messageBoxId}
          className={styles.textbox}
          aria-label={t('Message')}
          placeholder={t('Ask {{name}}', { name: answerer.name })}
          rows={1}
          dir="auto"
          enterKeyHint="send"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          {...templates.textboxProps}
        />
        <div className={styles.controls}>
          <EffortSelector />
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

/** Esc stops the answer from anywhere on the page but an open dialog or menu, which closes by it. */
function useEscape(chat: ChatStore) {
  useEffect(() => {
    const onKeyDown = ({ key }: globalThis.KeyboardEvent) => {
      if (key === 'Escape' && !document.querySelector('dialog[open], :popover-open'))
        chat.getState().stop()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [chat])
}
