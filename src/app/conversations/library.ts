import { t } from '../i18n/t'
import { type ChatSettings, noSettings, parseSettings } from './chat-settings'
import { InvalidRecord, id, number, object, text } from './checks'

/** Settings under a name, to be chosen for any chat. */
export interface Persona extends ChatSettings {
  kind: 'persona'
  id: string
  name: string
  createdAt: number
  /** Whether new chats begin with it; true of one at most. */
  isDefault: boolean
}

/** A text to send again and again; what differs each time is a `{{variable}}` in it. */
export interface Template {
  kind: 'template'
  id: string
  name: string
  createdAt: number
  text: string
}

/** What a person keeps beside the conversations. */
export type LibraryItem = Persona | Template

export const nameLengthMax = 100
export const templateLengthMax = 100_000

/**
 * Reads a persona or a template that another version of the app, or anybody, may have written.
 * @throws InvalidRecord
 */
export function parseLibraryItem(value: unknown): LibraryItem {
  const at = 'a persona or template'
  const record = object(value, at)
  const item = {
    id: id(record.id, `${at}’s id`),
    name: text(record.name, `${at}’s name`, nameLengthMax),
    createdAt: number(record.createdAt, `${at}’s createdAt`),
  }
  if (record.kind === 'persona')
    return {
      ...item,
      ...noSettings,
      ...parseSettings(record, at),
      kind: 'persona',
      isDefault: record.isDefault === true,
    }
  if (record.kind !== 'template')
    throw new InvalidRecord(t('{{field}} is not persona or template', { field: `${at}’s kind` }))
  return { ...item, kind: 'template', text: text(record.text, `${at}’s text`, templateLengthMax) }
}
