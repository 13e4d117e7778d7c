import type { TokenizerAndRendererExtension, Tokens } from 'marked'

/** A formula in TeX. */
export interface MathToken extends Tokens.Generic {
  type: 'math'
  raw: string
  tex: string
  /** On a line of its own. */
  display: boolean
}

const token = (raw: string, tex: string, display: boolean): MathToken => ({
  type: 'math',
  raw,
  tex: tex.trim(),
  display,
})

/** Formulas that have lines of their own: `$$ … $$` and `\[ … \]`. */
const block: TokenizerAndRendererExtension = {
  name: 'math',
  level: 'block',
  // Of the rest of a line that is no start: a line of dollars would be taken apart one by one.
  start(source) {
    const index = source.search(/\n {0,3}(?:\$\$|\\\[)/)
    return index === -1 ? undefined : index + 1
  },
  tokenizer(source) {
    const match =
      /^ {0,3}\$\$([^$]+)\$\$[ \t]*(?:\n+|$)/.exec(source) ??
      /^ {0,3}\\\[([\s\S]+?)\\\][ \t]*(?:\n+|$)/.exec(source)
    return match ? token(match[0], match[1] as string, true) : undefined
  },
  childTokens: [],
}

/**
 * Formulas within a line: `\( … \)`, `$ … $`, and those above among words. Between single dollars
 * there is no space at the ends and no digit behind, so that prices are none.
 */
const inline: TokenizerAndRendererExtension = {
  name: 'inlineMath',
  level: 'inline',
  start: (source) => source.match(/\$|\\[([]/)?.index,
  tokenizer(source) {
    const display = /^\$\$([^$]+)\$\$/.exec(source) ?? /^\\\[([\s\S]+?)\\\]/.exec(source)
    if (display) return token(display[0], display[1] as string, true)
    const within =
      /^\\\(([\s\S]+?)\\\)/.exec(source) ??
      /^\$((?=\S)(?:\\[^\n]|[^$\n\\])+?(?<=\S))\$(?!\d)/.exec(source)
    return within ? token(within[0], within[1] as string, false) : undefined
  },
  childTokens: [],
}

export const mathSyntax = { extensions: [block, inline] }
