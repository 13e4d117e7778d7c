import { t } from '../i18n/t'
import { variablesOf } from './variables'

/** A template as it is offered, whoever wrote it. */
export interface OfferedTemplate {
  id: string
  name: string
  text: string
}

/** Templates that everybody has; they can be hidden, and begin a template of one's own. */
export function builtInTemplates(): OfferedTemplate[] {
  const text = placeholder(t('text'))
  const code = placeholder(t('code'))
  const language = placeholder(t('language'))
  const topic = placeholder(t('topic'))
  const templates = [
    {
      id: 'summarise',
      name: t('Summarise'),
      text: t(
        'Summarise the following text in a few sentences. Keep to what it says.\n\n{{text}}',
        {
          text,
        },
      ),
    },
    {
      id: 'translate',
      name: t('Translate'),
      text: t('Translate the following text into {{language}}. Keep its tone.\n\n{{text}}', {
        language,
        text,
      }),
    },
    {
      id: 'correct',
      name: t('Correct'),
      text: t(
        'Correct the spelling and grammar of the following text and change nothing else. Then list what you changed.\n\n{{text}}',
        { text },
      ),
    },
    {
      id: 'explain-code',
      name: t('Explain code'),
      text: t('Explain what this code does, step by step, and what may go wrong:\n\n{{code}}', {
        code: `\`\`\`\n${code}\n\`\`\``,
      }),
    },
    {
      id: 'explain-simply',
      name: t('Explain simply'),
      text: t('Explain {{topic}} to somebody who hears of it for the first time. Use an example.', {
        topic,
      }),
    },
    {
      id: 'compare',
      name: t('Weigh up'),
      text: t('List what speaks for and against {{topic}}, then say what it depends on.', {
        topic,
      }),
    },
  ]
  // The marks that keep a value apart within a line of Arabic would go to the model.
  return templates.map((template) => ({
    ...template,
    text: template.text.replace(/[\u2068\u2069]/g, ''),
  }))
}

/** A variable in a text that `t` fills in. */
const placeholder = (name: string) => `{{${name}}}`

/** The templates whose names or words begin as a person types, in their order. */
export function matchingTemplates<T extends OfferedTemplate>(
  templates: readonly T[],
  query: string,
): T[] {
  const typed = query.trim().toLowerCase()
  return templates.filter(({ name }) => {
    const words = name.toLowerCase()
    return words.startsWith(typed) || words.includes(` ${typed}`)
  })
}

/** What a template asks for, in a line: its variables, or how it begins. */
export function outlineOf({ text }: OfferedTemplate): string {
  const names = variablesOf(text)
  return names.length > 0 ? names.join(', ') : (text.trim().split('\n', 1)[0] ?? '')
}
