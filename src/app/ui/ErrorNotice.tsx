import type { ReactNode } from 'react'
import type { EngineErrorData } from '../../engine/errors'
import { errorText } from '../error-text'
import { CopyButton } from './CopyButton'
import { Notice } from './Notice'

/** An engine's error in words, with the actions that its place offers; a bug can be copied. */
export function ErrorNotice({ error, actions }: { error: EngineErrorData; actions: ReactNode }) {
  const { happened, remedy } = errorText(error)
  return (
    <Notice
      title={happened}
      actions={
        <>
          {actions}
          {error.code === 'bug' && <CopyButton text={error.report} label="Copy report" />}
        </>
      }
    >
      {remedy}
    </Notice>
  )
}
