import type { ElementContent, Root } from 'hast'
import { common, createLowlight } from 'lowlight'
import { Fragment, type ReactNode } from 'react'
import './highlight.css'

const lowlight = createLowlight(common)

interface HighlightedCodeProps {
  code: string
  language: string
}

/** Code in the colours of a language that is known; else plain. */
export default function HighlightedCode({ code, language }: HighlightedCodeProps) {
  const name = language.toLowerCase()
  return lowlight.registered(name) ? nodes(lowlight.highlight(name, code).children) : code
}

function nodes(children: Root['children'] | ElementContent[]): ReactNode {
  return children.map((node, index) => {
    if (node.type === 'text') return node.value
    if (node.type !== 'element') return null
    const names = node.properties.className
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one code keep their places
      <Fragment key={index}>
        <span className={Array.isArray(names) ? names.join(' ') : undefined}>
          {nodes(node.children)}
        </span>
      </Fragment>
    )
  })
}
