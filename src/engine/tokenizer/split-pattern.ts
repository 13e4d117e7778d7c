/**
 * The regular expression by which tokenizer.json cuts text into pieces, for JavaScript.
 *
 * tokenizer.json is written for Oniguruma, whose `\s`, `\S`, `\d` and `\D` follow Unicode. JavaScript's
 * `\s` counts U+FEFF as space and U+0085 not, the opposite of Unicode, and its `\d` knows ASCII alone;
 * hence the property escapes. `(?i:…)` is spelled out because it is too young for some browsers.
 * Anything that JavaScript would refuse or read differently is an error, never a guess.
 */

/** Escapes with a Unicode meaning of their own; each is valid inside and outside a class. */
const UNICODE_ESCAPES: Readonly<Record<string, string>> = {
  s: '\\p{White_Space}',
  S: '\\P{White_Space}',
  d: '\\p{Nd}',
  D: '\\P{Nd}',
}

/** Escapes both dialects read the same: control characters, properties and escaped punctuation. */
const SAME_ESCAPE = /^(?:[rntfv]|[pP]\{[\w=]+\}|[\^$\\.*+?()[\]{}|/-])/

const CASELESS_GROUP = '(?i:'

/**
 * Translates `source` to a global Unicode regular expression.
 *
 * @throws SyntaxError saying what JavaScript cannot express
 */
export function compileSplitPattern(source: string): RegExp {
  return new RegExp(translate(source), 'gu')
}

function translate(source: string): string {
  let translated = ''
  let inClass = false
  let depth = 0
  let caselessDepth = Number.POSITIVE_INFINITY // of the outermost (?i:…) that is open

  for (let at = 0; at < source.length; at++) {
    const character = source[at] as string
    if (character === '\\') {
      const escaped = translateEscape(source.slice(at + 1))
      translated += escaped.translated
      at += escaped.length
    } else if (inClass) {
      if (character === '[' || source.startsWith('&&', at)) {
        throw new SyntaxError(`nested or intersected character class at position ${at}`)
      }
      if (character === ']') inClass = false
      translated += character
    } else if (character === '[') {
      if (depth >= caselessDepth) {
        throw new SyntaxError(`character class in a caseless group at position ${at}`)
      }
      inClass = true
      translated += character
    } else if (source.startsWith(CASELESS_GROUP, at)) {
      depth++
      caselessDepth = Math.min(caselessDepth, depth)
      translated += '(?:'
      at += CASELESS_GROUP.length - 1
    } else if (character === '(') {
      depth++
      translated += character
    } else if (character === ')') {
      if (depth === caselessDepth) caselessDepth = Number.POSITIVE_INFINITY
      depth--
      translated += character
    } else if ('^$.'.includes(character)) {
      throw new SyntaxError(`${character} at position ${at}: its lines end elsewhere in JavaScript`)
    } else {
      translated += depth >= caselessDepth ? bothCases(character) : character
    }
  }
  return translated
}

/** Translates the escape whose text after the backslash is `rest`, and says how long that was. */
function translateEscape(rest: string): { translated: string; length: number } {
  const unicode = UNICODE_ESCAPES[rest.charAt(0)]
  if (unicode !== undefined) return { translated: unicode, length: 1 }
  const same = SAME_ESCAPE.exec(rest)?.[0]
  if (same === undefined) throw new SyntaxError(`unknown escape \\${rest.charAt(0)}`)
  return { translated: `\\${same}`, length: same.length }
}

function bothCases(character: string): string {
  if (character > '\x7f') throw new SyntaxError(`${character} in a caseless group`)
  const lower = character.toLowerCase()
  const upper = character.toUpperCase()
  return lower === upper ? character : `[${lower}${upper}]`
}
