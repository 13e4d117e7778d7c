import { createElement } from 'react'

/** How the marks of a text are drawn. */
const elements: Readonly<Record<string, string>> = { b: 'strong', code: 'code' }

/** A text of `t` in which `<b>` and `<code>` mark words. */
export function RichText({ children }: { children: string }) {
  // Three parts again and again: what stands before a mark, the mark's name, what it marks.
  const parts = children.split(/<(b|code)>(.*?)<\/\1>/)
  return parts.map((part, index) => {
    if (index % 3 === 1) return null
    const element = index % 3 === 2 ? elements[String(parts[index - 1])] : undefined
    return element ? createElement(element, { key: index }, part) : part
  })
}
