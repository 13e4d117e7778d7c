import { newChatDraft } from '../conversations/storage'
import { type Stores, useStores } from '../stores/context'
import type { OfferedTemplate } from './built-in'
import { variablesOf } from './variables'

/** Id of the textbox in which a person writes messages. */
export const messageBoxId = 'message'

/** Uses a template: asks for its variables where it has any, else puts it into the composer. */
export function useInsertTemplate(): (template: OfferedTemplate) => void {
  const stores = useStores()
  return (template) => {
    if (variablesOf(template.text).length > 0) stores.library.getState().fill(template)
    else insertText(stores, template.text)
  }
}

/** Puts a text below what the composer has, to be looked at before it is sent. */
export function insertText({ chat, conversations }: Stores, text: string) {
  const key = chat.getState().conversationId ?? newChatDraft
  const draft = conversations.getState().drafts.get(key) ?? ''
  conversations
    .getState()
    .setDraft(key, draft.trim() === '' ? text : `${draft.trimEnd()}\n\n${text}`)
  focusMessageBox()
}

export function focusMessageBox() {
  document.getElementById(messageBoxId)?.focus()
}
