/** Stop strings: texts that end an answer as soon as it has one of them. */
import { EngineError } from '../errors'

/** As many as OpenAI's API takes. */
const stopStringsMax = 4

/**
 * The stop strings of a request, where one alone may stand without a list.
 * @throws EngineError `request-invalid` for more than four, and for what is no text or empty
 */
export function stopStringsOf(stop: string | readonly string[] = []): readonly string[] {
  const stops: unknown = typeof stop === 'string' ? [stop] : stop
  if (!Array.isArray(stops) || stops.length > stopStringsMax)
    throw invalid(`stop is not a list of at most ${stopStringsMax} texts`)
  if (stops.some((text) => typeof text !== 'string' || text === ''))
    throw invalid('stop has an entry that is no text or is empty')
  return stops
}

/**
 * Looks for stop strings in a text that comes bit by bit, and lets through what comes before them.
 * The first to be complete ends the text, however the text is cut into bits; of two complete at the
 * same character, the longer. What may be the beginning of one waits until that is decided.
 */
export class StopStringGate {
  readonly #stops: readonly string[]
  #held = ''
  #isClosed = false

  constructor(stops: readonly string[]) {
    this.#stops = stops
  }

  /** Whether a stop string has come; nothing passes any more. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** What of the text so far may now be shown and was not before. */
  push(added: string): string {
    if (this.#isClosed) return ''
    const text = this.#held + added
    const stop = firstComplete(text, this.#stops)
    if (stop !== undefined) {
      this.#isClosed = true
      this.#held = ''
      return text.slice(0, stop)
    }
    const passed = text.length - beginningAtEnd(text, this.#stops)
    this.#held = text.slice(passed)
    return text.slice(0, passed)
  }

  /** What waited to become a stop string, now that no more text comes. */
  finish(): string {
    const held = this.#held
    this.#held = ''
    return held
  }
}

/** Where the stop string begins that is complete first; undefined where none is. */
function firstComplete(text: string, stops: readonly string[]): number | undefined {
  let found: { begin: number; end: number } | undefined
  for (const stop of stops) {
    const begin = text.indexOf(stop)
    const end = begin + stop.length
    if (begin === -1) continue
    if (!found || end < found.end || (end === found.end && begin < found.begin))
      found = { begin, end }
  }
  return found?.begin
}

/** Length of the longest end of `text` with which a stop string begins. */
function beginningAtEnd(text: string, stops: readonly string[]): number {
  const longest = Math.max(0, ...stops.map((stop) => stop.length - 1))
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(-length)
    if (stops.some((stop) => stop.startsWith(end))) return length
  }
  return 0
}

function invalid(problem: string): EngineError {
  return new EngineError({ code: 'request-invalid', problem })
}
