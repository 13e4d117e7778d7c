import type { Message } from './conversation'
import type { ConversationStorage } from './storage'

/** Longest time that a token waits to be written: two writes a second cost the engine nothing. */
const delayMs = 500

/** Writes messages as they grow, each one's last state, a few times a second at most. */
export interface Saver {
  save(message: Message): void
  /** Writes what waits; resolves when all is written that was saved so far. */
  flush(): Promise<void>
  /** Drops what waits of messages that are to be removed. */
  forget(ids: readonly string[]): void
}

/**
 * `now` is a clock in milliseconds. `noteSaved` hears whether a write succeeded; what the browser
 * refused, as on a full disk, is tried again with the next one.
 */
export function createSaver(
  storage: Promise<ConversationStorage>,
  now: () => number,
  noteSaved: (succeeded: boolean) => void,
): Saver {
  const waiting = new Map<string, Message>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitingSince: number | undefined
  let written: Promise<void> = Promise.resolve()

  async function write() {
    const messages = [...waiting.values()]
    if (messages.length === 0) return
    waiting.clear()
    try {
      await (await storage).putMessages(messages)
      noteSaved(true)
    } catch {
      for (const message of messages) if (!waiting.has(message.id)) waiting.set(message.id, message)
      noteSaved(false)
    }
  }

  function flush() {
    clearTimeout(timer)
    timer = undefined
    waitingSince = undefined
    written = written.then(write)
    return written
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
      for (const id of ids) waiting.delete(id)
    },
  }
}
