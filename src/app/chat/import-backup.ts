import { InvalidRecord } from '../conversations/checks'
import type { Added } from '../conversations/storage'
import { formatList } from '../format'
import { t } from '../i18n/t'
import type { Stores } from '../stores/context'

/**
 * Adds what a backup holds to what is here, and says what that was.
 * @returns why nothing was added; undefined where it was
 */
export async function importBackup(
  { conversations, toasts }: Pick<Stores, 'conversations' | 'toasts'>,
  file: File,
): Promise<string | undefined> {
  try {
    toasts.getState().show(addedText(await conversations.getState().restoreBackup(file)))
    return undefined
  } catch (error) {
    return error instanceof InvalidRecord
      ? error.message
      : t('the browser could not read or store it')
  }
}

function addedText({ conversations, messages, library }: Added): string {
  const added = [
    conversations + messages > 0 && t('{{count}} chats', { count: conversations }),
    conversations + messages > 0 && t('{{count}} messages', { count: messages }),
    library > 0 && t('{{count}} personas and templates', { count: library }),
  ].filter((part) => part !== false)
  if (added.length === 0) return t('All of this backup is here already')
  return t('Imported {{things}}', {
    things: formatList(added),
  })
}
