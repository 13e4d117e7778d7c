import { saveFile } from '../save-file'
import type { Stores } from '../stores/context'

/** Hands everything that was said to the browser's downloads. */
export async function backUp({ chat, conversations }: Pick<Stores, 'chat' | 'conversations'>) {
  await chat.getState().flush()
  const text = await conversations.getState().backUp()
  const date = new Date().toISOString().slice(0, 10)
  saveFile(`alcove-chats-${date}.json`, 'application/json', text)
}
