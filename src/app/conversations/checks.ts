import { t } from '../i18n/t'

/** Checks of what another version of the app, or anybody, may have written. */

/** Something that ought to be a record of ours is none; `message` says in which point. */
export class InvalidRecord extends Error {}

/** No text is longer: more than ten times what the largest context holds. */
export const textLengthMax = 8_000_000
/** Nor is a title, or a name. */
export const titleLengthMax = 1000

export const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value)

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isId = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w-]{1,64}$/.test(value)

/** @throws InvalidRecord */
export function object(value: unknown, at: string): Record<string, unknown> {
  if (!isRecord(value)) throw new InvalidRecord(t('{{field}} is not an object', { field: at }))
  return value
}

/** @throws InvalidRecord */
export function text(value: unknown, at: string, lengthMax = textLengthMax): string {
  if (typeof value !== 'string') throw new InvalidRecord(t('{{field}} is not text', { field: at }))
  if (value.length > lengthMax)
    throw new InvalidRecord(
      t('{{field}} is longer than {{length}} characters', { field: at, length: lengthMax }),
    )
  return value
}

/** @throws InvalidRecord */
export function number(value: unknown, at: string): number {
  if (!isNumber(value)) throw new InvalidRecord(t('{{field}} is not a number', { field: at }))
  return value
}

/** @throws InvalidRecord */
export function id(value: unknown, at: string): string {
  if (!isId(value)) throw new InvalidRecord(t('{{field}} is not an id', { field: at }))
  return value
}
