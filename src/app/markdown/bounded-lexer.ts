import { Lexer, type Token } from 'marked'

/** Nesting that nobody writes, and that neither lexer nor React runs out of stack on. */
const depthMax = 30

/**
 * Signs times characters of the runs of text that are searched for emphasis, links and the like: each
 * sign may look for its partner up to the end. About half a second of a slow device.
 */
const workMax = 40_000_000

/** What may begin or end something within a line. */
const signs = /[*_[\]`~$!<\\@]/g

const workOf = (text: string) => (text.match(signs)?.length ?? 0) * text.length

/** Whether looking through a text takes too long. */
export const isTooMuch = (text: string): boolean => workOf(text) > workMax

/**
 * The lexer for text that anybody may have written: what is nested deeper than anybody means, or takes
 * too long to look through, stays the text that it is. Time and stack are bounded thereby.
 */
export class BoundedLexer extends Lexer {
  #blockDepth = 0
  #inlineDepth = 0
  #work = 0

  // As of the base class: the tokens are those that are passed, whichever kind of list that is.
  override blockTokens<T extends Token[]>(
    source: string,
    tokens = [] as Token[] as T,
    lastParagraphClipped = false,
  ): T {
    if (this.#blockDepth >= depthMax) {
      tokens.push(plain(source))
      return tokens
    }
    this.#blockDepth++
    try {
      super.blockTokens(source, tokens, lastParagraphClipped)
    } finally {
      this.#blockDepth--
    }
    return tokens
  }

  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    this.#work += workOf(source)
    if (this.#inlineDepth >= depthMax || this.#work > workMax) {
      tokens.push(plain(source))
      return tokens
    }
    this.#inlineDepth++
    try {
      return super.inlineTokens(source, tokens)
    } finally {
      this.#inlineDepth--
    }
  }
}

/** Text without looks. */
export const plain = (raw: string): Token => ({ type: 'text', raw, text: raw, escaped: false })
