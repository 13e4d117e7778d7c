import { Marked, type Token } from 'marked'
import remend from 'remend'
import { BoundedLexer, isTooMuch, plain } from './bounded-lexer'
import { mathSyntax } from './math-syntax'

/** A paragraph, list, table, piece of code …: what is drawn anew or not at all. */
export interface Block {
  /** Its Markdown. Blocks of equal Markdown look the same. */
  raw: string
  token: Token
}

const marked = new Marked(mathSyntax)

/**
 * Reads Markdown that grows at its end. Only its last blocks are read again as it grows, and those
 * that have not changed are the same objects as before.
 */
export class BlockReader {
  #text = ''
  #blocks: readonly Block[] = []

  /**
   * The blocks of `text`. While it is live, what is open at its end is closed: emphasis, code, a
   * formula, a link whose address is still to come.
   */
  read(text: string, isLive: boolean): readonly Block[] {
    if (text === '') return []
    const kept = isLive && text.startsWith(this.#text) ? this.#settled() : []
    const offset = kept.reduce((sum, { raw }) => sum + raw.length, 0)
    const rest = text.slice(offset)
    const tokens = tokensOf(rest, isLive)
    const fresh = tokens.map((token, index): Block => {
      const before = this.#blocks[kept.length + index]
      return before?.raw === token.raw ? before : { raw: token.raw, token }
    })
    this.#blocks = [...kept, ...fresh]
    this.#text = isLive ? text : ''
    return this.#blocks
  }

  /** Blocks that text to come cannot change: those before the last that is not blank. */
  #settled(): readonly Block[] {
    const last = this.#blocks.findLastIndex(({ token }) => token.type !== 'space')
    const settled = this.#blocks.slice(0, Math.max(0, last))
    // The lexer turns tabs and line ends of some blocks into others; then places are not known.
    const length = settled.reduce((sum, { raw }) => sum + raw.length, 0)
    const isExact = this.#text.startsWith(settled.map(({ raw }) => raw).join(''))
    return isExact && length <= this.#text.length ? settled : []
  }
}

/** What cannot be read is one paragraph of plain text. */
function tokensOf(text: string, isLive: boolean): readonly Token[] {
  try {
    return new BoundedLexer(marked.defaults).lex(isLive ? closed(text) : text)
  } catch {
    return [{ type: 'paragraph', raw: text, text, tokens: [plain(text)] }]
  }
}

const formulaSigns = [
  ['\\[', '\\]'],
  ['\\(', '\\)'],
] as const

/** The end of growing text with what is open closed. */
function closed(text: string): string {
  if (isTooMuch(text)) return text
  const fences = text.match(/^ {0,3}(?:```|~~~)/gm)?.length ?? 0
  // Code goes on to the end of the text anyway, and nothing within it is open.
  if (fences % 2 === 1) return text
  for (const [open, close] of formulaSigns)
    if (text.lastIndexOf(open) > text.lastIndexOf(close)) return text + close
  return remend(text, { linkMode: 'text-only', htmlTags: false })
}
