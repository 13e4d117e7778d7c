import { t } from '../i18n/t'
import { Button } from './Button'

interface FormActionsProps {
  /** Id of the form. */
  form: string
  /** What the button says that submits it. */
  submit: string
  onCancel: () => void
}

/** The buttons of a dialog that asks for something. */
export function FormActions({ form, submit, onCancel }: FormActionsProps) {
  return (
    <>
      <Button onClick={onCancel}>{t('Cancel')}</Button>
      <Button look="primary" type="submit" form={form}>
        {submit}
      </Button>
    </>
  )
}
