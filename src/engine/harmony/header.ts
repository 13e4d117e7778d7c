/** The header of a Harmony message: all between `<|start|>` and `<|message|>` (spec section 7.1). */
import { EngineError } from '../errors'
import { isRole, type Role } from './message'
import { CHANNEL, CONSTRAIN } from './tokens'

export interface MessageHeader {
  role: Role
  /** A tool message's author, or a participant's name. */
  name?: string
  recipient?: string
  channel?: string
  contentType?: string
}

/**
 * Reads a header as OpenAI's library does (spec section 7.7).
 *
 * @param text the header's text, special tokens by name
 * @param role the role when the prompt held it already; the header then begins after it
 * @throws EngineError `request-invalid` for a missing or unknown role, an empty channel, and words
 *   that have no place
 */
export function parseHeader(text: string, role?: Role): MessageHeader {
  const { header, words } = splitHeader(text, role)
  const last = words.pop()
  if (last === undefined) return header
  if (last.startsWith('to=')) {
    header.recipient = withoutTo(last)
  } else if (words.length === 0 && !last.startsWith(CONSTRAIN)) {
    header.recipient = last
  } else {
    header.contentType = last
    const recipient = words.pop()
    if (recipient !== undefined) header.recipient = withoutTo(recipient)
  }
  if (words.length > 0) {
    throw invalid(`unexpected ${JSON.stringify(words.join(' '))} in a message header`)
  }
  return header
}

/** A message whose header never met its `<|message|>`. */
export interface UnfinishedMessage {
  header: MessageHeader
  content: string
}

/**
 * Reads a header that a closing token ended before any `<|message|>`, as OpenAI's library does when
 * it is lenient: all but role and channel is content. Like the library it gives up a message, and
 * returns undefined, when there is no text or the role stands in it.
 *
 * @throws EngineError `request-invalid` for an empty channel
 */
export function readUnfinishedHeader(text: string, role?: Role): UnfinishedMessage | undefined {
  if (role === undefined || text === '') return undefined
  const { header, words } = splitHeader(text, role)
  return { header, content: words.join(' ') }
}

/** Cuts the channel and the role out of a header and gives the words that are left. */
function splitHeader(text: string, role?: Role): { header: MessageHeader; words: string[] } {
  let rest = text
  let channel: string | undefined
  const marker = text.indexOf(CHANNEL)
  if (marker !== -1) {
    const after = text.slice(marker + CHANNEL.length)
    channel = /^[^\p{White_Space}<]*/u.exec(after)?.[0] ?? ''
    if (channel === '') throw invalid('a message header has an empty channel')
    rest = text.slice(0, marker) + after.slice(channel.length)
  }
  const words = rest
    .replaceAll(CONSTRAIN, ` ${CONSTRAIN}`)
    .split(/[ \t\n\f\r]+/)
    .filter((word) => word !== '')

  const header: MessageHeader = { role: role ?? 'tool' }
  if (role === undefined) {
    const [author] = words
    if (author === undefined) throw invalid('a message header has no role')
    if (isRole(author)) {
      header.role = author
      if (author === 'tool') header.name = author
    } else {
      const isTool = words.length > 1 || author.startsWith('to=')
      if (!isTool) throw invalid(`unknown role ${JSON.stringify(author)}`)
      header.name = author
      words.shift()
    }
  }
  if (words[0] === header.role) words.shift()
  if (channel !== undefined) header.channel = channel
  return { header, words }
}

function withoutTo(word: string): string {
  return word.startsWith('to=') ? word.slice('to='.length) : word
}

function invalid(problem: string): EngineError {
  return new EngineError({ code: 'request-invalid', problem })
}
