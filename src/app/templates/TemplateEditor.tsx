import { type FormEvent, useId } from 'react'
import { nameLengthMax, type Template, templateLengthMax } from '../conversations/library'
import { t } from '../i18n/t'
import fields from '../settings/Fields.module.css'
import { useLibrary } from '../stores/context'
import { Dialog } from '../ui/Dialog'
import { FormActions } from '../ui/FormActions'
import styles from './Templates.module.css'

interface TemplateEditorProps {
  /** Nothing is shown while this is undefined. */
  template: Template | undefined
  onClose: () => void
}

/** Writes or changes a prompt template. */
export function TemplateEditor({ template, onClose }: TemplateEditorProps) {
  const put = useLibrary((state) => state.put)
  const form = useId()
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget)
    const name = String(typed.get('name')).trim()
    const text = String(typed.get('text'))
    if (template && name !== '' && text.trim() !== '') put({ ...template, name, text })
    onClose()
  }
  return (
    <Dialog
      title={template?.name === '' ? t('New template') : t('Edit template')}
      open={template !== undefined}
      onClose={onClose}
      actions={<FormActions form={form} submit={t('Save')} onCancel={onClose} />}
    >
      <form id={form} className={styles.variables} onSubmit={onSubmit}>
        <label className={fields.field}>
          <span className={fields.label}>{t('Name')}</span>
          <input
            className={fields.input}
            name="name"
            required
            maxLength={nameLengthMax}
            autoComplete="off"
            dir="auto"
            defaultValue={template?.name}
          />
        </label>
        <label className={fields.field}>
          <span className={fields.label}>{t('Text')}</span>
          <textarea
            className={[fields.text, fields.long].join(' ')}
            name="text"
            required
            maxLength={templateLengthMax}
            rows={4}
            dir="auto"
            aria-describedby={`${form}hint`}
            defaultValue={template?.text}
          />
        </label>
        <p id={`${form}hint`} className={fields.hint}>
          {t('You are asked for what stands in double braces, as {{example}}, each time.', {
            example: '{{language}}',
          })}
        </p>
      </form>
    </Dialog>
  )
}
