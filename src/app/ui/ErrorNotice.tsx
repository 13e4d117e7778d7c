import type { ReactNode } from 'react'
import { errorText } from '../error-text'
import type { AnswerErrorData } from '../errors'
import { t } from '../i18n/t'
import { AllowHost } from '../network/AllowHost'
import type { Errand } from '../network/errand'
import { CopyButton } from './CopyButton'
import { Notice } from './Notice'

interface ErrorNoticeProps {
  error: AnswerErrorData
  actions: ReactNode
  /** What failed, to be done once its server is allowed. */
  errand?: Errand
}

/** An error in words, with the actions that its place offers; a bug can be copied. */
export function ErrorNotice({ error, actions, errand }: ErrorNoticeProps) {
  const { happened, remedy } = errorText(error)
  return (
    <Notice
      title={happened}
      actions={
        <>
          {error.code === 'host-not-allowed' && <AllowHost origin={error.origin} errand={errand} />}
          {actions}
          {error.code === 'bug' && <CopyButton text={error.report} label={t('Copy report')} />}
        </>
      }
    >
      {remedy}
    </Notice>
  )
}
