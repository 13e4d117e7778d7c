/** Token ids → Harmony messages, one token at a time (spec section 7.7). */
import { EngineError } from '../errors'
import type { StreamingDecoder, Tokenizer } from '../tokenizer/tokenizer'
import {
  type MessageHeader,
  parseHeader,
  readUnfinishedHeader,
  type UnfinishedMessage,
} from './header'
import { repairHeader } from './header-repair'
import type { HarmonyMessage, Role } from './message'
import {
  CALL,
  CHANNEL,
  type ClosingToken,
  END,
  END_OF_TEXT,
  MESSAGE,
  RETURN,
  START,
} from './tokens'

/**
 * What to do with malformed output. `strict` and `lenient` are those of OpenAI's library: an error,
 * and an error unless only a `<|message|>` is missing. `tolerant` takes anything a model may write
 * and never throws: no text is lost, and what was mended is recorded.
 */
export type ParserMode = 'strict' | 'lenient' | 'tolerant'

export type ParserEvent =
  | { type: 'message-start'; header: MessageHeader }
  /** Further content of the message with that header; never half a character. */
  | { type: 'delta'; header: MessageHeader; text: string }
  | {
      type: 'message-end'
      message: HarmonyMessage
      /** Undefined when the message was cut off. */
      closedBy: ClosingToken | undefined
    }
  /** What had to be mended, in words. */
  | { type: 'repair'; repair: string }

type State = { at: 'between' } | HeaderState | ContentState

interface HeaderState {
  at: 'header'
  /** The role when the prompt held it, or the tolerant parser assumes it. */
  role: Role | undefined
  /** The channel to assume when the header names none. */
  channelBefore: string | undefined
  text: string
  tokenCount: number
}

interface ContentState {
  at: 'content'
  header: MessageHeader
  text: string
}

/**
 * Longer than any sound header. What goes on beyond is content whose `<|message|>` is missing, and
 * is shown from here on instead of at its end.
 */
const HEADER_TOKENS_MAX = 128

export class HarmonyParser {
  /** The messages that are complete. */
  readonly messages: HarmonyMessage[] = []
  /** What had to be mended so far, in words; only the tolerant mode mends. */
  readonly repairs: string[] = []

  readonly #tokenizer: Tokenizer
  readonly #mode: ParserMode
  #decoder: StreamingDecoder
  #state: State
  #events: ParserEvent[] = []

  /**
   * @param role the role of the first message, when the prompt ended in `<|start|>` and this role;
   *   undefined when the ids begin with `<|start|>`
   * @param header the header of the first message, when the prompt held that and more, and the ids
   *   begin inside its content
   */
  constructor(
    tokenizer: Tokenizer,
    { mode, role, header }: { mode: ParserMode; role?: Role; header?: MessageHeader },
  ) {
    this.#tokenizer = tokenizer
    this.#mode = mode
    this.#decoder = tokenizer.createDecoder()
    this.#state = header ? { at: 'content', header, text: '' } : { at: 'between' }
    if (role !== undefined) this.#openHeader({ role })
  }

  /** The header of the message whose content is being read. */
  get header(): MessageHeader | undefined {
    return this.#state.at === 'content' ? this.#state.header : undefined
  }

  /**
   * Takes the next token.
   *
   * @throws EngineError `request-invalid` for malformed ids, unless tolerant
   */
  push(id: number): ParserEvent[] {
    const special = this.#tokenizer.specialName(id)
    switch (this.#state.at) {
      case 'between':
        this.#pushBetween(id, special)
        break
      case 'header':
        this.#pushHeader(this.#state, id, special)
        break
      case 'content':
        this.#pushContent(this.#state, id, special)
        break
    }
    return this.#takeEvents()
  }

  /**
   * The ids end here: closes a message that is still open.
   *
   * @throws EngineError `request-invalid` when they end inside a header, unless tolerant
   */
  finish(): ParserEvent[] {
    const state = this.#state
    if (state.at === 'content') {
      this.#closeMessage(state, undefined)
    } else if (state.at === 'header') {
      if (this.#mode !== 'tolerant') throw invalid('the ids end inside a message header')
      this.#closeHeader(state, undefined)
    }
    return this.#takeEvents()
  }

  #pushBetween(id: number, special: string | undefined): void {
    if (special === START) {
      this.#openHeader()
    } else if (this.#mode !== 'tolerant') {
      const found = JSON.stringify(this.#tokenizer.decode([id]))
      throw invalid(`${found} (token ${id}) where ${START} must be`)
    } else if (this.#isClosing(special)) {
      this.#repair(`left out ${special} between two messages`)
    } else {
      // A forgotten <|start|>, or text that goes on after its message was closed.
      this.#repair(`a message began without ${START}`)
      const channelBefore = this.messages.at(-1)?.channel
      this.#pushHeader(this.#openHeader({ role: 'assistant', channelBefore }), id, special)
    }
  }

  #pushHeader(state: HeaderState, id: number, special: string | undefined): void {
    if (special === MESSAGE) {
      this.#beginMessage(this.#completeHeader(state))
    } else if (this.#mode !== 'strict' && this.#isClosing(special)) {
      this.#closeHeader(state, special)
    } else if (this.#mode === 'tolerant' && special === START) {
      this.#closeHeader(state, undefined)
      this.#openHeader()
    } else {
      state.text += this.#decoder.push(id)
      state.tokenCount++
      if (this.#mode === 'tolerant' && state.tokenCount === HEADER_TOKENS_MAX) {
        this.#headerToContent(state)
      }
    }
  }

  #pushContent(state: ContentState, id: number, special: string | undefined): void {
    if (this.#isClosing(special)) {
      this.#closeMessage(state, special)
    } else if (special === undefined || this.#mode !== 'tolerant') {
      this.#addContent(state, this.#decoder.push(id))
    } else if (special === START || special === CHANNEL) {
      this.#repair(`a message was not closed before ${special}`)
      this.#closeMessage(state, undefined)
      if (special === START) this.#openHeader()
      else this.#pushHeader(this.#openHeader({ role: 'assistant' }), id, special)
    } else {
      this.#repair(`left out ${special} in the content of a message`)
    }
  }

  #openHeader(known: { role?: Role; channelBefore?: string | undefined } = {}): HeaderState {
    const { role, channelBefore } = known
    const state: HeaderState = { at: 'header', role, channelBefore, text: '', tokenCount: 0 }
    this.#state = state
    return state
  }

  #completeHeader(state: HeaderState): MessageHeader {
    const text = state.text + this.#decoder.flush()
    if (this.#mode !== 'tolerant') {
      if (text.includes('\uFFFD')) throw invalid('a message header is not UTF-8')
      return parseHeader(text, state.role)
    }
    const { header, repairs } = repairHeader(text, { ...state, isComplete: true })
    for (const repair of repairs) this.#repair(repair)
    return header
  }

  /** Ends a header in which no `<|message|>` came; its words may be the content. */
  #closeHeader(state: HeaderState, closedBy: ClosingToken | undefined): void {
    this.#state = { at: 'between' }
    const text = state.text + this.#decoder.flush()
    const unfinished =
      this.#mode === 'lenient'
        ? readUnfinishedHeader(text, state.role)
        : this.#repairUnfinishedHeader(text, state, closedBy)
    if (unfinished === undefined) return
    const message = this.#beginMessage(unfinished.header)
    this.#addContent(message, unfinished.content)
    this.#closeMessage(message, closedBy)
  }

  /** Undefined when there is nothing to make a message of. */
  #repairUnfinishedHeader(
    text: string,
    state: HeaderState,
    closedBy: ClosingToken | undefined,
  ): UnfinishedMessage | undefined {
    if (text.trim() === '') return undefined
    const { header, content, repairs } = repairHeader(text, {
      ...state,
      isComplete: false,
      isCutOff: closedBy === undefined,
    })
    if (content === '' && closedBy === undefined) {
      this.#repair(`left out the unfinished header ${JSON.stringify(text)}`)
      return undefined
    }
    for (const repair of repairs) this.#repair(repair)
    this.#repair(`a message had no ${MESSAGE}`)
    return { header, content }
  }

  /** The header is too long to be one: what is no header in it begins the content. */
  #headerToContent(state: HeaderState): void {
    const { header, content, repairs } = repairHeader(state.text, { ...state, isComplete: false })
    for (const repair of repairs) this.#repair(repair)
    this.#repair(`a message had no ${MESSAGE}`)
    this.#addContent(this.#beginMessage(header), content)
  }

  #beginMessage(header: MessageHeader): ContentState {
    const state: ContentState = { at: 'content', header, text: '' }
    this.#state = state
    this.#events.push({ type: 'message-start', header })
    return state
  }

  #addContent(state: ContentState, text: string): void {
    if (text === '') return
    state.text += text
    this.#events.push({ type: 'delta', header: state.header, text })
  }

  #closeMessage(state: ContentState, closedBy: ClosingToken | undefined): void {
    this.#addContent(state, this.#decoder.flush())
    if (this.#mode === 'tolerant') this.#checkClosing(state.header, closedBy)
    const message = { ...state.header, content: [{ type: 'text' as const, text: state.text }] }
    this.messages.push(message)
    this.#events.push({ type: 'message-end', message, closedBy })
    this.#state = { at: 'between' }
  }

  #checkClosing({ recipient }: MessageHeader, closedBy: ClosingToken | undefined): void {
    if (closedBy === CALL && recipient === undefined) {
      this.#repair(`a message without a recipient was closed by ${CALL}`)
    } else if (closedBy !== undefined && closedBy !== CALL && recipient?.startsWith('functions.')) {
      this.#repair(`a call of ${recipient} was closed by ${closedBy}`)
    }
  }

  /** `<|endoftext|>` is text to the library, and an end to everybody else. */
  #isClosing(special: string | undefined): special is ClosingToken {
    if (special === END_OF_TEXT) return this.#mode === 'tolerant'
    return special === END || special === CALL || special === RETURN
  }

  #repair(repair: string): void {
    this.repairs.push(repair)
    this.#events.push({ type: 'repair', repair })
  }

  #takeEvents(): ParserEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }
}

function invalid(problem: string): EngineError {
  return new EngineError({ code: 'request-invalid', problem })
}
