import type { ReactNode } from 'react'
import { errorText } from '../error-text'
import type { AnswerErrorData } from '../errors'
import { t } from '../i18n/t'
import { CopyButton } from './CopyButton'
import { Notice } from './Notice'

/** An error in words, with the actions that its place offers; a bug can be copied. */
export function ErrorNotice({ error, actions }: { error: AnswerErrorData; actions: ReactNode }) {
  const { happened, remedy } = errorText(error)
  return (
    <Notice
      title={happened}
      actions={
        <>
          {actions}
          {error.code === 'bug' && <CopyButton text={error.report} label={t('Copy report')} />}
        </>
      }
    >
      {remedy}
    </Notice>
  )
}
