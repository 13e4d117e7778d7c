/** Longer sentences are cut: no line of a page holds more. */
const signsMax = 120
/** Sentences are looked for in the newest text only, however long the reasoning has become. */
const tailSigns = 1000

/** Made when it is first wanted, which takes some 10 ms. */
let sentences: Intl.Segmenter | undefined

/**
 * What reasoning that still grows is about, on one line: its last whole sentence or heading, or what
 * there is of its first one. Signs of Markdown are left out, and what is too long ends with "…".
 */
export function liveLine(reasoning: string): string {
  const tail = reasoning.slice(-tailSigns)
  sentences ??= new Intl.Segmenter(undefined, { granularity: 'sentence' })
  const segments = [...sentences.segment(tail)].map(({ segment }) => segment)
  // Text to come may go on with the last one, unless white space ends it.
  const whole = segments.filter((segment, index) => {
    const isOver = index < segments.length - 1 || /\s$/.test(segment)
    const saysSomething = /[\p{L}\p{N}]/u.test(segment) && !/^\d+[.)]\s*$/.test(segment)
    return isOver && saysSomething
  })
  return shortened(plain(whole.at(-1) ?? segments.at(-1) ?? ''))
}

/** One line without the marks of headings, lists, quotes, emphasis and code. */
function plain(text: string): string {
  return text
    .trim()
    .replace(/^(?:[#>*+-]+|\d+[.)])\s+/, '')
    .replace(/\*\*|__|`/g, '')
    .replace(/\s+/g, ' ')
}

function shortened(text: string): string {
  if (text.length <= signsMax) return text
  const cut = text.slice(0, signsMax)
  const lastSpace = cut.lastIndexOf(' ')
  return `${cut.slice(0, lastSpace > signsMax / 2 ? lastSpace : signsMax - 1)}…`
}
