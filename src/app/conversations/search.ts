import type { Conversation, Message } from './conversation'

export interface SearchHit {
  conversation: Conversation
  /** A stretch of text around what was found; undefined where the title alone has it. */
  snippet?: { before: string; match: string; after: string } | undefined
}

interface Searchable {
  conversation: Conversation
  /** The title, tags, every message, of hidden branches too, and every file, as `fold` leaves them. */
  folded: readonly string[]
  texts: readonly string[]
}

/** Signs of text shown on either side of what was found. */
const snippetSigns = 40

/**
 * A search over all text: what has every word of a query, in any order and as part of a word. It
 * reads everything once, and then takes some milliseconds per megabyte; words need no index and no
 * language, so Chinese, code and half a word are found like any other.
 */
export function createSearch(
  conversations: readonly Conversation[],
  messages: readonly Message[],
): (query: string) => SearchHit[] {
  const textsOf = new Map<string, string[]>()
  for (const message of messages) {
    const texts = textsOf.get(message.conversationId) ?? []
    textsOf.set(message.conversationId, texts)
    texts.push(message.content)
    if (message.role === 'user')
      for (const { name, text } of message.attachments ?? []) texts.push(`${name}\n${text}`)
  }
  const searchables = conversations.map((conversation): Searchable => {
    const { id, title, tags = [] } = conversation
    const texts = [title, ...tags, ...(textsOf.get(id) ?? [])]
    return { conversation, texts, folded: texts.map(fold) }
  })

  return (query) => {
    const words = fold(query).split(/\s+/).filter(Boolean)
    if (words.length === 0) return []
    return searchables
      .filter(({ folded }) => words.every((word) => folded.some((text) => text.includes(word))))
      .map((found) => ({ conversation: found.conversation, snippet: snippet(found, words) }))
  }
}

/** From the message that has the most of the words. */
function snippet({ folded, texts }: Searchable, words: readonly string[]): SearchHit['snippet'] {
  const count = (text: string) => words.filter((word) => text.includes(word)).length
  let best = 0
  for (let i = 1; i < folded.length; i++)
    if (count(folded[i] as string) > (best === 0 ? 0 : count(folded[best] as string))) best = i
  if (best === 0) return undefined
  const [text, foldedText] = [texts[best] as string, folded[best] as string]
  const word = words.find((word) => foldedText.includes(word)) as string
  const start = foldedText.indexOf(word)
  const end = start + word.length
  const from = Math.max(0, start - snippetSigns)
  const to = Math.min(text.length, end + snippetSigns)
  return {
    before: (from > 0 ? '…' : '') + text.slice(from, start),
    match: text.slice(start, end),
    after: text.slice(end, to) + (to < text.length ? '…' : ''),
  }
}

/** Without case and accents, and as long as before, so that places in it are places in the text. */
export function fold(text: string): string {
  const plain = text.replace(/[^\0-\x7f]/g, (sign) => sign.normalize('NFD').charAt(0))
  const lower = plain.toLowerCase()
  if (lower.length === text.length) return lower
  // One of the few letters that grow: it keeps its case, and the others their places.
  return [...plain].map((sign) => sameLength(sign, sign.toLowerCase())).join('')
}

const sameLength = (sign: string, lower: string) => (lower.length === sign.length ? lower : sign)
