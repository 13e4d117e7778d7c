import type { Message } from './conversation'
import type { ConversationStorage } from './storage'

/** Longest time that a token waits to be written: two writes a second cost the engine nothing. */
const delayMs = 500

/** Writes messages as they grow, each one's last state, a few times a second at most. */
export interface Saver {
  save(message: Message): void
  /** Hands over at once what waits; resolves when all is written that was saved so far. */
  flush(): Promise<void>
  /** Drops what waits of messages that are to be removed. */
  forget(ids: readonly string[]): void
}

/**
 * `now` is a clock in milliseconds. `noteSaved` hears whether a write succeeded; what the browser
 * refused, as on a full disk, is tried again with the next one.
 */
export function createSaver(
  storage: Pick<ConversationStorage, 'putMessages'>,
  now: () => number,
  noteSaved: (succeeded: boolean) => void,
): Saver {
  const waiting = new Map<string, Message>()
  /** What each message was like when it was last handed over, until it is written. */
  const handedOver = new Map<string, Message>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitingSince: number | undefined
  let written: Promise<unknown> = Promise.resolve()

  async function write(messages: readonly Message[]) {
    try {
      await storage.putMessages(messages)
      noteSaved(true)
    } catch {
      // One that was saved again since then is on its way in its newer state.
      for (const message of messages)
        if (handedOver.get(message.id) === message && !waiting.has(message.id))
          waiting.set(message.id, message)
      noteSaved(false)
    }
    for (const message of messages)
      if (handedOver.get(message.id) === message) handedOver.delete(message.id)
  }

  async function flush() {
    clearTimeout(timer)
    timer = undefined
    waitingSince = undefined
    const messages = [...waiting.values()]
    waiting.clear()
    for (const message of messages) handedOver.set(message.id, message)
    // Storage keeps the order of writes, so none has to wait for the one before.
    if (messages.length > 0) written = Promise.all([written, write(messages)])
    await written
  }

  return {
    save(message) {
      waiting.set(message.id, message)
      waitingSince ??= now()
      // The timers of a hidden page come as seldom as once a minute; the messages still come.
      if (now() - waitingSince >= delayMs) void flush()
      else timer ??= setTimeout(() => void flush(), delayMs)
    },
    flush,
    forget(ids) {
      for (const id of ids) {
        waiting.delete(id)
        handedOver.delete(id)
      }
    },
  }
}
