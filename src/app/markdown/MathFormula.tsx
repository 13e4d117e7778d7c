import { lazy, Suspense } from 'react'
import styles from './Markdown.module.css'

interface MathFormulaProps {
  tex: string
  raw: string
  display: boolean
}

/** What is shown of a formula that cannot be drawn, or not yet: its source. */
const Source = ({ raw }: MathFormulaProps) => <code className={styles.tex}>{raw.trim()}</code>

/** Arrives with the first formula; without a network formulas stay as they are written. */
const Typeset = lazy(() => import('./TypesetFormula').catch(() => ({ default: Source })))

export function MathFormula(props: MathFormulaProps) {
  return (
    <Suspense fallback={<Source {...props} />}>
      <Typeset {...props} />
    </Suspense>
  )
}
