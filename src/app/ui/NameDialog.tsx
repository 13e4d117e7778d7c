import { type FormEvent, useId } from 'react'
import { t } from '../i18n/t'
import { Dialog } from './Dialog'
import { FormActions } from './FormActions'
import styles from './NameDialog.module.css'

interface NameDialogProps {
  title: string
  /** What the name is the name of, as the textbox is called. */
  label: string
  /** The name so far; nothing is shown while this is undefined. */
  name: string | undefined
  maxLength: number
  /** Called with a name that is not blank. */
  onSave: (name: string) => void
  onClose: () => void
}

/** Asks for a name. */
export function NameDialog({ title, label, name, maxLength, onSave, onClose }: NameDialogProps) {
  const form = useId()
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget).get('name')
    if (typeof typed === 'string' && typed.trim() !== '') onSave(typed.trim())
    onClose()
  }
  return (
    <Dialog
      title={title}
      open={name !== undefined}
      onClose={onClose}
      actions={<FormActions form={form} submit={t('Save')} onCancel={onClose} />}
    >
      <form id={form} onSubmit={onSubmit}>
        <input
          className={styles.name}
          name="name"
          aria-label={label}
          autoComplete="off"
          dir="auto"
          maxLength={maxLength}
          defaultValue={name}
          onFocus={(event) => event.target.select()}
        />
      </form>
    </Dialog>
  )
}
