/**
 * Tells the tabs of one browser which answers are being written, and by the end of a lock that the
 * tab which wrote one is gone, however it went. Where a page may have no locks, each tab knows of
 * its own answers alone.
 */
export interface AnswerLocks {
  /** Holds the answer's lock until the promise is settled. */
  hold(answerId: string, until: Promise<unknown>): void
  /** Ids of the answers that some tab is writing. */
  held(): Promise<ReadonlySet<string>>
  /** Resolves when nobody writes the answer. */
  released(answerId: string): Promise<void>
}

const prefix = 'alcove-answer-'

export function createAnswerLocks(locks: LockManager): AnswerLocks {
  return {
    hold(answerId, until) {
      locks.request(prefix + answerId, () => until).catch(() => {})
    },

    async held() {
      const { held = [] } = await locks.query().catch((): LockManagerSnapshot => ({}))
      const names = held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name] : []))
      return new Set(names.map((name) => name.slice(prefix.length)))
    },

    async released(answerId) {
      await locks.request(prefix + answerId, () => {}).catch(() => {})
    },
  }
}

/**
 * Does what has the model write and is no message of a conversation, as a replay: as long as it takes,
 * it counts as an answer.
 */
export function asAnswer<T>(locks: AnswerLocks, work: () => Promise<T>): Promise<T> {
  const done = work()
  locks.hold(crypto.randomUUID(), done)
  return done
}

/** Resolves when no tab writes an answer. */
export async function noAnswerHeld(locks: AnswerLocks): Promise<void> {
  for (;;) {
    const held = await locks.held()
    if (held.size === 0) return
    await Promise.all(Array.from(held, locks.released))
  }
}
