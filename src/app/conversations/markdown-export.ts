import { fenced } from '../attachments/question-text'
import { t } from '../i18n/t'
import type { Attachment, Conversation, Message } from './conversation'

/** One branch of a conversation as a Markdown document, with the instructions that it has now. */
export function toMarkdown(
  { title, instructions }: Pick<Conversation, 'title' | 'instructions'>,
  messages: readonly Message[],
): string {
  const parts = messages.map((message) =>
    message.role === 'user'
      ? [`## ${t('You')}`, ...(message.attachments ?? []).map(attached), message.content]
          .filter(Boolean)
          .join('\n\n')
      : [
          `## ${message.model || t('Assistant')}${message.remote ? ` (${message.remote})` : ''}`,
          message.reasoning &&
            `<details>\n<summary>${t('Reasoning')}</summary>\n\n${message.reasoning}\n\n</details>`,
          message.commentary,
          message.content,
        ]
          .filter(Boolean)
          .join('\n\n'),
  )
  const head = [`# ${title}`, ...(instructions ? [`## ${t('Instructions')}`, instructions] : [])]
  return `${[...head, ...parts].join('\n\n')}\n`
}

/** A file that folds; its name is text, whatever it is. */
function attached({ name, text }: Attachment): string {
  const summary = name.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)
  return `<details>\n<summary>${summary}</summary>\n\n${fenced(text)}\n\n</details>`
}

/** A name that every system takes for a file. */
export function fileName(title: string): string {
  const name = title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '')
  return name.slice(0, 60) || 'chat'
}
