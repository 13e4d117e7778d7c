import { createElement, type ReactNode } from 'react'

/** A tag with its name and attributes, or text. KaTeX escapes `<`, `>` and quotes in all it is given. */
const pieces = /<(\/?)([a-z]+)([^<>]*?)(\/?)>|([^<>]+)/gi
const attributes = /([\w-]+)="([^"]*)"/g

/** What KaTeX draws with. Nothing else becomes an element, whatever a formula is made of. */
export const katexNames: ReadonlySet<string> = new Set(
  `span svg path line math semantics annotation menclose mfrac mglyph mi mlabeledtr mmultiscripts mn mo
   mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd
   mtext mtr munder munderover`.split(/\s+/),
)

/**
 * KaTeX's markup as React elements. The page's policy knows no markup that is made by a script, and no
 * style in it: React sets both through the DOM.
 * @throws TypeError for an element that KaTeX has no use for
 */
export function katexElements(markup: string): ReactNode[] {
  const roots: ReactNode[] = []
  const open: { name: string; props: Record<string, unknown>; children: ReactNode[] }[] = []
  const siblings = () => open.at(-1)?.children ?? roots
  const close = () => {
    const closed = open.pop()
    if (!closed) return
    const { name, props, children } = closed
    const list = siblings()
    list.push(createElement(name, { ...props, key: list.length }, ...children))
  }
  for (const [, isEnd, name = '', written = '', isEmpty, text] of markup.matchAll(pieces)) {
    if (text !== undefined) siblings().push(unescaped(text))
    else if (isEnd) close()
    else {
      if (!katexNames.has(name)) throw new TypeError(`no formula is drawn with <${name}>`)
      open.push({ name, props: propsOf(written), children: [] })
      if (isEmpty) close()
    }
  }
  return roots
}

const reactNames: Readonly<Record<string, string>> = {
  class: 'className',
  'stroke-width': 'strokeWidth',
}

function propsOf(written: string): Record<string, unknown> {
  const props: Record<string, unknown> = {}
  for (const [, name = '', value = ''] of written.matchAll(attributes))
    props[reactNames[name] ?? name] =
      name === 'style' ? styleOf(unescaped(value)) : unescaped(value)
  return props
}

const styleOf = (text: string) =>
  Object.fromEntries(
    text
      .split(';')
      .map((declaration) => declaration.split(':'))
      .filter((parts): parts is [string, string] => parts.length === 2)
      .map(([name, value]) => [
        name.trim().replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        value.trim(),
      ]),
  )

const signs: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x27;': "'",
}

const unescaped = (text: string) =>
  text.replace(/&(?:amp|lt|gt|quot|#x27);/g, (sign) => signs[sign] ?? sign)
