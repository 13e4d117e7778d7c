import { Copy, Ellipsis, EyeOff, Pencil, Plus, Trash2 } from 'lucide-react'
import { useId, useState } from 'react'
import type { Template } from '../conversations/library'
import { t } from '../i18n/t'
import fields from '../settings/Fields.module.css'
import { useLibrary, useSettings, useStores } from '../stores/context'
import { Button } from '../ui/Button'
import { Menu, MenuItem } from '../ui/Menu'
import { type OfferedTemplate, outlineOf } from './built-in'
import { TemplateEditor } from './TemplateEditor'
import styles from './Templates.module.css'
import { useTemplates } from './use-templates'

interface TemplateListProps {
  /** Called with the template that is to be used. */
  onChoose: (template: OfferedTemplate) => void
}

/** All prompt templates: used, written, changed, deleted and hidden. */
export function TemplateList({ onChoose }: TemplateListProps) {
  const templates = useTemplates()
  const own = useLibrary((state) => state.templates)
  const hidesSome = useSettings((state) => state.hiddenTemplates.length > 0)
  const showTemplates = useSettings((state) => state.showTemplates)
  const [edited, setEdited] = useState<Template>()
  const heading = useId()

  return (
    <section className={fields.section} aria-labelledby={heading}>
      <div>
        <h3 id={heading}>{t('Prompt templates')}</h3>
        <p className={fields.hint}>{t('Or type / at the beginning of a message.')}</p>
      </div>
      <ul className={styles.list}>
        {templates.map((template) => {
          const mine = own.find(({ id }) => id === template.id)
          return (
            <li key={template.id} className={styles.item}>
              <button type="button" className={styles.use} onClick={() => onChoose(template)}>
                <span dir="auto">{template.name}</span>
                <span className={styles.outline} dir="auto">
                  {outlineOf(template)}
                </span>
              </button>
              <Menu
                label={t('Options for {{title}}', { title: template.name })}
                icon={<Ellipsis size={18} aria-hidden />}
              >
                {mine ? (
                  <OwnItems template={mine} onEdit={setEdited} />
                ) : (
                  <BuiltInItems template={template} onEdit={setEdited} />
                )}
              </Menu>
            </li>
          )
        })}
      </ul>
      <div className={styles.buttons}>
        <Button onClick={() => setEdited(newTemplate('', ''))}>
          <Plus size={16} aria-hidden />
          {t('New template')}
        </Button>
        {hidesSome && (
          <Button look="plain" onClick={showTemplates}>
            {t('Show hidden templates')}
          </Button>
        )}
      </div>
      <TemplateEditor template={edited} onClose={() => setEdited(undefined)} />
    </section>
  )
}

interface ItemsProps<T> {
  template: T
  onEdit: (template: Template) => void
}

function OwnItems({ template, onEdit }: ItemsProps<Template>) {
  const { library, toasts } = useStores()
  const remove = () => {
    const undo = library.getState().remove(template)
    toasts.getState().show(t('Deleted “{{title}}”', { title: template.name }), {
      label: t('Undo'),
      run: undo,
    })
  }
  return (
    <>
      <MenuItem icon={<Pencil size={16} aria-hidden />} onClick={() => onEdit(template)}>
        {t('Edit')}
      </MenuItem>
      <MenuItem icon={<Trash2 size={16} aria-hidden />} danger onClick={remove}>
        {t('Delete')}
      </MenuItem>
    </>
  )
}

function BuiltInItems({ template: { id, name, text }, onEdit }: ItemsProps<OfferedTemplate>) {
  const hide = useSettings((state) => state.hideTemplate)
  return (
    <>
      <MenuItem
        icon={<Copy size={16} aria-hidden />}
        onClick={() => onEdit(newTemplate(t('My {{name}}', { name }), text))}
      >
        {t('Edit a copy')}
      </MenuItem>
      <MenuItem icon={<EyeOff size={16} aria-hidden />} onClick={() => hide(id)}>
        {t('Hide')}
      </MenuItem>
    </>
  )
}

const newTemplate = (name: string, text: string): Template => ({
  kind: 'template',
  id: crypto.randomUUID(),
  name,
  createdAt: Date.now(),
  text,
})
