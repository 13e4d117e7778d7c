import type { Conversation } from '../conversations/conversation'
import { fileName } from '../conversations/markdown-export'
import { t } from '../i18n/t'
import { conversationHref, hrefs } from '../route'
import { saveFile } from '../save-file'
import type { Stores } from '../stores/context'

/** What can be done with a conversation, wherever it is chosen. */
export function conversationActions(
  { chat, conversations, dialogs, toasts }: Stores,
  { id, title, pinned }: Conversation,
) {
  return {
    rename: () => dialogs.getState().show({ name: 'rename', conversationId: id }),

    tag: () => dialogs.getState().show({ name: 'tags', conversationId: id }),

    share: () => dialogs.getState().show({ name: 'share', conversationId: id }),

    togglePin: () => conversations.getState().change(id, { pinned: !pinned }),

    async exportMarkdown() {
      await chat.getState().flush()
      const markdown = await conversations.getState().markdownOf(id)
      if (markdown !== undefined) saveFile(`${fileName(title)}.md`, 'text/markdown', markdown)
    },

    /** Deletes it, and offers to bring it back. */
    remove() {
      const wasShown = chat.getState().conversationId === id
      conversations.getState().remove(id)
      chat.getState().leave(id)
      if (wasShown) location.hash = hrefs.chat
      toasts.getState().show(t('Deleted “{{title}}”', { title }), {
        label: t('Undo'),
        run: () => {
          conversations.getState().restore(id)
          if (wasShown) location.hash = conversationHref(id)
        },
      })
    },
  }
}
