import type { Attachment } from '../conversations/conversation'
import { extensionOf } from './file-name'

/** A question as it was written, with the files that go with it. */
export interface Question {
  content: string
  attachments?: readonly Attachment[]
}

/** What the model is given of a question: each file by its name, as a block, then what was asked. */
export function questionText({ content, attachments = [] }: Question): string {
  return [...attachments.map(attachmentText), content].filter((part) => part !== '').join('\n\n')
}

/**
 * A file as the model reads it. Nothing in it can end its block: the name is a JSON string on one
 * line, and the fence is longer than any within the text.
 */
export function attachmentText({ name, text }: Attachment): string {
  return `Attached file ${quoted(name)}:\n\n${fenced(text, extensionOf(name).slice(1))}`
}

/** A code block of Markdown (CommonMark 0.31, section 4.5) that holds any text. */
export function fenced(text: string, info = ''): string {
  const runs = text.match(/`{3,}/g) ?? []
  const fence = '`'.repeat(Math.max(2, ...runs.map(({ length }) => length)) + 1)
  return `${fence}${info}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`
}

/** JSON leaves two signs as they are that some take for the end of a line. */
const quoted = (name: string) => JSON.stringify(name).replace(/[\u2028\u2029]/g, ' ')
