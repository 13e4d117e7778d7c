import katex from 'katex'
import 'katex/dist/katex.min.css'
import type { ReactNode } from 'react'
import { katexElements } from './katex-elements'
import styles from './Markdown.module.css'

interface TypesetFormulaProps {
  tex: string
  raw: string
  display: boolean
}

/** A formula as KaTeX draws it, with MathML for screen readers; its source where that fails. */
export default function TypesetFormula({ tex, raw, display }: TypesetFormulaProps) {
  const drawn = typeset(tex, display)
  if (drawn === undefined) return <code className={styles.tex}>{raw.trim()}</code>
  return display ? (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <div className={styles.formula} role="math" tabIndex={0}>
      {drawn}
    </div>
  ) : (
    <span>{drawn}</span>
  )
}

/** `trust` is off: no formula can make a link or load an image. */
function typeset(tex: string, displayMode: boolean): ReactNode {
  try {
    return katexElements(
      katex.renderToString(tex, { displayMode, strict: false, trust: false, maxExpand: 500 }),
    )
  } catch {
    return undefined
  }
}
