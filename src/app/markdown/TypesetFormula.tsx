import katex from 'katex'
import 'katex/dist/katex.min.css'
import styles from './Markdown.module.css'

interface TypesetFormulaProps {
  tex: string
  raw: string
  display: boolean
}

/** A formula as KaTeX draws it, with MathML for screen readers; its source where that fails. */
export default function TypesetFormula({ tex, raw, display }: TypesetFormulaProps) {
  const html = typeset(tex, display)
  if (html === undefined) return <code className={styles.tex}>{raw.trim()}</code>
  // KaTeX escapes what it is given, and `trust` is off: no formula can make a link or load an image.
  const content = { __html: html }
  return display ? (
    // biome-ignore lint/security/noDangerouslySetInnerHtml: see above
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <div className={styles.formula} role="math" tabIndex={0} dangerouslySetInnerHTML={content} />
  ) : (
    // biome-ignore lint/security/noDangerouslySetInnerHtml: see above
    <span dangerouslySetInnerHTML={content} />
  )
}

function typeset(tex: string, displayMode: boolean): string | undefined {
  try {
    return katex.renderToString(tex, { displayMode, strict: false, trust: false, maxExpand: 500 })
  } catch {
    return undefined
  }
}
