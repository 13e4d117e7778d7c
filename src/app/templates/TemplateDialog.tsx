import { type FormEvent, type KeyboardEvent, useId } from 'react'
import { t } from '../i18n/t'
import fields from '../settings/Fields.module.css'
import { useLibrary, useStores } from '../stores/context'
import { Dialog } from '../ui/Dialog'
import { FormActions } from '../ui/FormActions'
import styles from './Templates.module.css'
import { focusMessageBox, insertText } from './use-insert-template'
import { fillIn, variablesOf } from './variables'

/** Asks for what a template's variables stand for, then puts the text into the composer. */
export function TemplateDialog() {
  const stores = useStores()
  const template = useLibrary((state) => state.filling)
  const fill = useLibrary((state) => state.fill)
  const form = useId()
  const variables = template ? variablesOf(template.text) : []

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget)
    const values = new Map(variables.map((name) => [name, String(typed.get(name) ?? '')]))
    if (template) insertText(stores, fillIn(template.text, values))
    fill(undefined)
  }
  /** Enter leads to the next variable and after the last inserts; Shift+Enter begins a line. */
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    const boxes = [...event.currentTarget.querySelectorAll('textarea')]
    const next = boxes[boxes.indexOf(event.target as HTMLTextAreaElement) + 1]
    if (next) next.focus()
    else event.currentTarget.requestSubmit()
  }

  return (
    <Dialog
      title={template?.name ?? ''}
      open={template !== undefined}
      onClose={() => {
        fill(undefined)
        focusMessageBox()
      }}
      actions={<FormActions form={form} submit={t('Insert')} onCancel={() => fill(undefined)} />}
    >
      <form id={form} className={styles.variables} onSubmit={onSubmit} onKeyDown={onKeyDown}>
        {variables.map((name) => (
          <label key={name} className={fields.field}>
            <span className={fields.label}>{name}</span>
            <textarea
              className={[fields.text, styles.variable].join(' ')}
              name={name}
              rows={1}
              dir="auto"
            />
          </label>
        ))}
      </form>
    </Dialog>
  )
}
