import type { MessageHeader } from './header'
import { isRole, type Role } from './message'
import { CHANNEL } from './tokens'

export interface RepairedHeader {
  header: MessageHeader
  /** What of an incomplete header is no header, verbatim; empty for a complete one. */
  content: string
  /** What had to be mended, in words. */
  repairs: string[]
}

interface HeaderContext {
  /** The role when the prompt held it already. */
  role?: Role | undefined
  /** Whether `<|message|>` followed. Without it, plain words are the message's content. */
  isComplete: boolean
  /** Whether the output ended here, perhaps inside a word. */
  isCutOff?: boolean
  /** The channel to assume when the header names none. */
  channelBefore?: string | undefined
}

/**
 * Reads any header whatever. The real models get it wrong in some turns: the recipient stands in
 * another part, `<|channel|>` or its word is missing, two words are glued, a function is called on
 * the analysis channel. What has no place in a complete header is quoted among the repairs.
 */
export function repairHeader(text: string, context: HeaderContext): RepairedHeader {
  return new HeaderReader(text, context).read()
}

const KNOWN_CHANNEL = /^(?:analysis|commentary|final)$/
/** A channel with the next header part glued to it: `commentaryto=functions.f`. */
const GLUED_CHANNEL = /^(analysis|commentary|final)(?=to=|json$|code$)/
/** A role with the next header part glued to it: `assistantanalysis`. */
const GLUED_ROLE = /^(system|developer|user|assistant)(?=to=|analysis|commentary|final)/
const NAMED_ROLE = /^(system|developer|user|assistant):(.+)$/
const CONTENT_TYPE = /^(?:json|code)$/
/** What only a tool is called: `functions.f`, `browser.open`, `python`. */
const TOOL_NAME = /^(?:python|browser|[a-z_]\w*\.[\w.-]+)$/i

const quote = (text: string) => JSON.stringify(text)

class HeaderReader {
  #rest: string
  readonly #isComplete: boolean
  readonly #isCutOff: boolean
  readonly #channelBefore: string | undefined
  #role: Role | undefined
  #name: string | undefined
  #recipient: string | undefined
  #channel: string | undefined
  #contentType: string | undefined
  #content = ''
  readonly #leftOver: string[] = []
  readonly #repairs: string[] = []

  constructor(text: string, context: HeaderContext) {
    const { role, isComplete, isCutOff = false, channelBefore } = context
    this.#rest = text
    this.#isComplete = isComplete
    this.#isCutOff = isCutOff
    this.#channelBefore = channelBefore
    this.#role = role
  }

  read(): RepairedHeader {
    for (this.#skipSpace(); this.#rest !== ''; this.#skipSpace()) {
      if (!this.#readPart()) {
        this.#content = this.#rest
        break
      }
    }
    return { header: this.#header(), content: this.#content, repairs: this.#repairs }
  }

  /** Reads the next part of the header; false when content begins here instead. */
  #readPart(): boolean {
    const isMarker = this.#rest.startsWith('<|')
    if (isMarker && this.#role === undefined) this.#assumeAssistant()

    if (this.#take(/^<\|channel\|>\s*/) !== undefined) return this.#readChannel()
    const contentType = this.#take(/^<\|constrain\|>\s*[\w./+-]*/)
    if (contentType !== undefined) {
      this.#replaced(this.#contentType)
      this.#contentType = contentType.replace(/\s+/, '')
      return true
    }
    const marker = this.#take(/^<\|\w+\|>/)
    if (marker !== undefined) {
      this.#repairs.push(`left out ${marker} in a message header`)
      return true
    }
    if (this.#recipient === undefined && this.#take(/^to=\s*/) !== undefined) {
      if (this.#role === undefined) this.#assumeAssistant()
      this.#recipient = this.#take(/^[^\s<{]+/)
      return true
    }
    return this.#readWord()
  }

  #readChannel(): boolean {
    const word = /^[^\s<]*/.exec(this.#rest)?.[0] ?? ''
    const lowerCase = word.toLowerCase()
    const glued = GLUED_CHANNEL.exec(lowerCase)?.[0]
    if (word === '' || word.startsWith('to=')) return true
    this.#replaced(this.#channel)
    if (KNOWN_CHANNEL.test(lowerCase)) {
      this.#channel = lowerCase
      if (word !== lowerCase) this.#repairs.push(`read the channel ${quote(word)} as ${lowerCase}`)
    } else if (glued !== undefined) {
      this.#channel = glued
      this.#repairs.push(`split ${quote(word)} after its channel`)
      this.#rest = this.#rest.slice(glued.length)
      return true
    } else if (this.#recipient === undefined && TOOL_NAME.test(word)) {
      this.#recipient = word
      this.#repairs.push(`read the channel ${quote(word)} as a recipient`)
    } else if (this.#isBeginningOf(word, 'analysis', 'commentary', 'final')) {
      this.#channel = word
    } else if (this.#isComplete) {
      this.#channel = word
      this.#repairs.push(`kept the unknown channel ${quote(word)}`)
    } else {
      return false
    }
    this.#rest = this.#rest.slice(word.length)
    return true
  }

  #readWord(): boolean {
    // A lone "<" that begins no marker is part of a word.
    const word = /^<?[^\s<]*/.exec(this.#rest)?.[0] ?? ''
    const after = this.#rest.slice(word.length)
    if (this.#role === undefined) return this.#readRole(word, after)

    const isKnownChannel = KNOWN_CHANNEL.test(word)
    const mayHaveType = this.#isComplete || this.#recipient !== undefined
    if (word === this.#role && this.#isFirst()) {
      // The role again, though the prompt held it: harmless.
    } else if (this.#isBeginningOf(word, 'to=')) {
      // No content: a recipient was to come.
    } else if (mayHaveType && this.#contentType === undefined && CONTENT_TYPE.test(word)) {
      this.#contentType = word
    } else if (!this.#isComplete) {
      return false
    } else if (this.#channel === undefined && isKnownChannel) {
      this.#channel = word
      this.#repairs.push(`${CHANNEL} was missing before ${quote(word)}`)
    } else if (this.#recipient === undefined && TOOL_NAME.test(word)) {
      this.#recipient = word
      this.#repairs.push(`"to=" was missing before ${quote(word)}`)
    } else {
      this.#leftOver.push(word)
    }
    this.#rest = after
    return true
  }

  #readRole(word: string, after: string): boolean {
    const glued = GLUED_ROLE.exec(word)?.[0]
    const [, namedRole, name] = NAMED_ROLE.exec(word) ?? []
    if (isRole(word)) {
      this.#role = word
      if (word === 'tool') this.#name = word
    } else if (namedRole !== undefined) {
      this.#role = namedRole as Role
      this.#name = name
    } else if (glued !== undefined) {
      this.#role = glued as Role
      this.#repairs.push(`split ${quote(word)} after its role`)
      this.#rest = this.#rest.slice(glued.length)
      return true
    } else if (/^\s+to=/.test(after)) {
      this.#role = 'tool'
      this.#name = word
    } else if (!this.#isComplete) {
      this.#assumeAssistant()
      return false
    } else {
      this.#role = 'assistant'
      if (TOOL_NAME.test(word)) {
        this.#recipient = word
        this.#repairs.push(`read the role ${quote(word)} as a recipient`)
      } else {
        this.#repairs.push(`read the unknown role ${quote(word)} as assistant`)
      }
    }
    this.#rest = after
    return true
  }

  #header(): MessageHeader {
    if (this.#role === undefined) this.#assumeAssistant()
    this.#placeLeftOver()
    if (this.#role === 'assistant') this.#placeOnChannel()

    const header: MessageHeader = { role: this.#role ?? 'assistant' }
    if (this.#name !== undefined) header.name = this.#name
    if (this.#recipient !== undefined) header.recipient = this.#recipient
    if (this.#channel !== undefined) header.channel = this.#channel
    if (this.#contentType !== undefined) header.contentType = this.#contentType
    return header
  }

  #placeLeftOver(): void {
    const [word, ...others] = this.#leftOver
    if (word === undefined) return
    const isCall = this.#channel === 'commentary' && this.#contentType !== undefined
    if (isCall && this.#recipient === undefined && others.length === 0) {
      this.#recipient = word
      this.#repairs.push(`"to=" was missing before ${quote(word)}`)
    } else {
      this.#repairs.push(`left out ${quote(this.#leftOver.join(' '))} in a message header`)
    }
  }

  #placeOnChannel(): void {
    if (this.#recipient?.startsWith('functions.') && this.#channel !== 'commentary') {
      const place = this.#channel === undefined ? 'no channel' : `the ${this.#channel} channel`
      this.#repairs.push(`moved a call of ${this.#recipient} from ${place} to commentary`)
      this.#channel = 'commentary'
    } else if (this.#channel === undefined) {
      this.#channel = this.#channelBefore
      const assumed = this.#channel === undefined ? '' : `; assumed ${this.#channel}`
      this.#repairs.push(`a message had no channel${assumed}`)
    }
  }

  #assumeAssistant(): void {
    this.#role = 'assistant'
    this.#repairs.push('a message had no role; assumed assistant')
  }

  /** Whether the output was cut off inside `word`, the beginning of one of `parts`. */
  #isBeginningOf(word: string, ...parts: string[]): boolean {
    return this.#isCutOff && this.#rest === word && parts.some((part) => part.startsWith(word))
  }

  /** Records a part of the header that a later one replaces. */
  #replaced(part: string | undefined): void {
    if (part === undefined) return
    this.#repairs.push(`left out ${quote(part)}, which a later part of the header replaced`)
  }

  /** Whether no part of the header but the role is known yet. */
  #isFirst(): boolean {
    const parts = [this.#recipient, this.#channel, this.#contentType, this.#leftOver[0]]
    return parts.every((part) => part === undefined)
  }

  #skipSpace(): void {
    this.#rest = this.#rest.trimStart()
  }

  /** Consumes what matches at the beginning of the rest. */
  #take(pattern: RegExp): string | undefined {
    const match = pattern.exec(this.#rest)?.[0]
    if (match !== undefined) this.#rest = this.#rest.slice(match.length)
    return match
  }
}
