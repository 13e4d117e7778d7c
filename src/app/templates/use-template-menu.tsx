import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { t } from '../i18n/t'
import { matchingTemplates, type OfferedTemplate, outlineOf } from './built-in'
import styles from './Templates.module.css'
import { useInsertTemplate } from './use-insert-template'
import { useTemplates } from './use-templates'

interface TemplateMenu {
  /** The list of templates; null while it is closed. It is placed above its positioned parent. */
  list: ReactNode
  /** What the textbox tells of the list, and what closes it. */
  textboxProps: object
  /** Takes the keys that are meant for the list; whether this was one. */
  onKeyDown: (event: KeyboardEvent) => boolean
}

/**
 * The templates that a `/` at the beginning of a message offers, found by their names. The textbox
 * keeps the focus: arrows choose, Enter takes, Esc closes.
 */
export function useTemplateMenu(text: string, setText: (text: string) => void): TemplateMenu {
  const templates = useTemplates()
  const insert = useInsertTemplate()
  const id = useId()
  /** The text for which the list was closed. */
  const [closedFor, setClosedFor] = useState<string>()
  const [active, setActive] = useState(0)
  const query = /^\/(.*)$/.exec(text)?.[1]
  const found = query === undefined ? [] : matchingTemplates(templates, query)
  const isOpen = found.length > 0 && closedFor !== text
  const index = Math.min(active, found.length - 1)
  const optionId = (index: number) => `${id}-${index}`

  const choose = (template: OfferedTemplate | undefined) => {
    setText('')
    setActive(0)
    if (template) insert(template)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen || event.shiftKey || event.nativeEvent.isComposing) return false
    switch (event.key) {
      case 'ArrowDown':
        setActive((index + 1) % found.length)
        break
      case 'ArrowUp':
        setActive((index + found.length - 1) % found.length)
        break
      case 'Enter':
        choose(found[index])
        break
      case 'Escape':
        // It closes the list, and does not stop an answer.
        event.stopPropagation()
        setClosedFor(text)
        break
      default:
        return false
    }
    event.preventDefault()
    return true
  }

  return {
    textboxProps: {
      'aria-autocomplete': 'list',
      'aria-haspopup': 'listbox',
      ...(isOpen && { 'aria-controls': id, 'aria-activedescendant': optionId(index) }),
      onBlur: () => setClosedFor(text),
    },
    onKeyDown,
    list: isOpen && (
      <>
        <div className={styles.menu} role="listbox" id={id} aria-label={t('Prompt templates')}>
          {found.map((template, at) => (
            <Option
              key={template.id}
              id={optionId(at)}
              template={template}
              isActive={at === index}
              onChoose={() => choose(template)}
            />
          ))}
        </div>
        <p className="visually-hidden" role="status">
          {t('{{count}} templates', { count: found.length })}
        </p>
      </>
    ),
  }
}

interface OptionProps {
  id: string
  template: OfferedTemplate
  isActive: boolean
  onChoose: () => void
}

function Option({ id, template, isActive, onChoose }: OptionProps) {
  const option = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isActive) option.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the textbox has the focus, and takes the keys
    <div
      ref={option}
      id={id}
      className={styles.option}
      role="option"
      tabIndex={-1}
      aria-selected={isActive}
      // The textbox keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={onChoose}
    >
      <span dir="auto">{template.name}</span>
      <span className={styles.outline} dir="auto">
        {outlineOf(template)}
      </span>
    </div>
  )
}
