import { formatBytes } from '../format'
import { t } from '../i18n/t'

/** Why a file cannot go with a question, in figures. */
export type RefusalCause =
  | { reason: 'too-large'; bytes: number; bytesMax: number }
  /** The browser could not read it: a folder, or a file that is gone. */
  | { reason: 'unreadable' }
  | { reason: 'not-text' }
  /** Text, but of an encoding that cannot be told from any other. */
  | { reason: 'not-utf8' }
  | { reason: 'empty' }
  | { reason: 'pdf-encrypted' }
  | { reason: 'pdf-broken' }
  /** Pictures of pages, or letters that only their font can read. */
  | { reason: 'pdf-without-text' }
  /** What reads PDFs is fetched with the first of them, and could not be. */
  | { reason: 'pdf-reader-missing' }
  | { reason: 'too-many'; countMax: number }
  | { reason: 'too-long'; neededTokens: number; leftTokens: number }

/** A file that was refused. */
export interface Refusal {
  name: string
  cause: RefusalCause
}

/** Thrown by what reads files. */
export class FileRefused extends Error {
  override readonly cause: RefusalCause

  constructor(cause: RefusalCause) {
    super(cause.reason)
    this.cause = cause
  }
}

/** What is the matter with a file, and what to do about it. */
export function refusalText(cause: RefusalCause): string {
  switch (cause.reason) {
    case 'too-large':
      return t('It has {{size}}, and files of up to {{max}} can be read. Attach a part of it.', {
        size: formatBytes(cause.bytes),
        max: formatBytes(cause.bytesMax),
      })
    case 'unreadable':
      return t('The browser could not read it. Folders cannot be attached; attach their files.')
    case 'not-text':
      return t('It is not text. Text, code, CSV, Markdown and PDF files can be attached.')
    case 'not-utf8':
      return t('Its letters are not encoded as UTF-8. Save it as UTF-8 and attach it again.')
    case 'empty':
      return t('There is nothing in it.')
    case 'pdf-encrypted':
      return t('It is protected by a password. Attach a copy that is saved without one.')
    case 'pdf-broken':
      return t('It is damaged, or not a PDF. Open it in another program and save it again.')
    case 'pdf-without-text':
      return t(
        'No text can be read from it; scanned pages have none. Run text recognition (OCR) on it first.',
      )
    case 'pdf-reader-missing':
      return t('What reads PDFs could not be fetched. Check the connection and attach it again.')
    case 'too-many':
      return t('A message takes up to {{max}} files. Send these first.', {
        max: cause.countMax,
      })
    case 'too-long':
      return t(
        'It needs {{needed}} tokens; {{left}} are left in this chat. Attach a part of it, start a new chat, or choose a longer context under Models.',
        { needed: cause.neededTokens, left: cause.leftTokens },
      )
  }
}
