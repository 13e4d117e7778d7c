import { EngineError, type EngineErrorData } from '../errors'
import { type Clock, systemClock } from './clock'
import type { ShardSource } from './shard-source'

/** Failures in a row after which a read is given up: 8 to 16 seconds without an answer. */
const MAX_READ_FAILURES = 6

/**
 * The same for a file's length, which is asked first: nothing is lost yet, and whoever waits should
 * hear of a dead server within two seconds. A server that says when to come back is granted the rest.
 */
const MAX_LENGTH_FAILURES = 3

/** Wait after the first failure; it doubles with each further one. */
const FIRST_WAIT_MS = 500

/** Longest wait that a server is granted by its Retry-After; it may ask for a day. */
const MAX_WAIT_MS = 60_000

/** An attempt that brought as much as this is no failure in a row, however it ended. */
const FRESH_START_BYTES = 256 * 1024

export interface RetryOptions {
  clock?: Clock
  /** Uniform in [0, 1). Spreads the retries of many clients and of many reads of one client. */
  random?: () => number
  /** Called before each wait: what went wrong, and in how long the same is tried again. */
  onRetry?: ((retry: Retry) => void) | undefined
}

export interface Retry {
  error: EngineErrorData
  retryInMs: number
}

/** Where an operation that keeps failing stands: it ends when none of its failures may pass. */
export interface BackOff {
  /** How many waits there were, over all operations. */
  readonly count: number

  /**
   * Waits before the next attempt: twice as long after each failure, from half a second, shortened
   * at random by up to a half, and at least what the server asks for, up to a minute.
   * @param failures in a row, this one included
   * @throws EngineError `error` itself when there is to be no further attempt, `cancelled`
   */
  wait(
    error: unknown,
    failures: number,
    maxFailures: number,
    signal: AbortSignal | undefined,
  ): Promise<void>
}

/** Makes the waits between attempts at what can pass: no answer, dropped connections, 408, 429, 5xx. */
export function createBackOff({
  clock = systemClock,
  random = Math.random,
  onRetry = () => {},
}: RetryOptions = {}): BackOff {
  let count = 0
  return {
    get count() {
      return count
    },

    async wait(error, failures, maxFailures, signal) {
      const granted = retryAfterMs(error) > 0 ? MAX_READ_FAILURES : maxFailures
      if (!canPass(error) || failures >= granted) throw error
      count++
      const doubledMs = FIRST_WAIT_MS * 2 ** (failures - 1) * (1 - random() / 2)
      const retryInMs = Math.min(Math.max(doubledMs, retryAfterMs(error)), MAX_WAIT_MS)
      onRetry({ error: error.data, retryInMs })
      await clock.sleep(retryInMs, signal)
    },
  }
}

/**
 * Asks until there is an answer, or until waiting for one makes no sense: for what is asked first,
 * such as a file's length.
 * @throws what `ask` threw last, EngineError `cancelled`
 */
export async function askAgain<Answer>(
  ask: () => Promise<Answer>,
  backOff: BackOff,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  for (let failures = 1; ; failures++) {
    try {
      return await ask()
    } catch (error) {
      await backOff.wait(error, failures, MAX_LENGTH_FAILURES, signal)
    }
  }
}

/**
 * A source that tries again what can pass, after the waits of `createBackOff`.
 *
 * A read goes on at the byte where it broke. The last failure is thrown as it came; what cannot pass
 * (a missing file, 403) is thrown at once.
 */
export function withRetries(source: ShardSource, options: RetryOptions = {}): ShardSource {
  const backOff = createBackOff(options)

  return {
    ...source,
    retryCount: () => backOff.count,

    byteLength: (file, signal) => askAgain(() => source.byteLength(file, signal), backOff, signal),

    async *read(file, begin, end, signal) {
      let position = begin
      for (let failures = 0; ; ) {
        const attemptBegin = position
        try {
          for await (const bytes of source.read(file, position, end, signal)) {
            position += bytes.length
            yield bytes
          }
          return
        } catch (error) {
          const receivedBytes = position - attemptBegin
          // A connection may end early without an error; where the file does, no byte follows.
          if (isCode(error, 'file-truncated') && receivedBytes === 0) throw error
          failures = receivedBytes >= FRESH_START_BYTES ? 1 : failures + 1
          await backOff.wait(error, failures, MAX_READ_FAILURES, signal)
        }
      }
    },
  }
}

/** Whether the same request may succeed a little later. */
function canPass(error: unknown): error is EngineError {
  if (!(error instanceof EngineError)) return false
  const { data } = error
  if (data.code === 'http-status') {
    return data.status === 408 || data.status === 429 || data.status >= 500
  }
  return data.code === 'network' || data.code === 'file-truncated'
}

function retryAfterMs(error: unknown): number {
  if (!(error instanceof EngineError) || error.data.code !== 'http-status') return 0
  return error.data.retryAfterMs ?? 0
}

function isCode(error: unknown, code: EngineError['data']['code']): boolean {
  return error instanceof EngineError && error.data.code === code
}
