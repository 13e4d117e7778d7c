/** Longer than any name that is still read. */
const lengthMax = 160

/** `.ts` of `index.ts`; empty where there is none. */
export const extensionOf = (name: string) => /\.\w{1,12}$/.exec(name)?.[0] ?? ''

/**
 * A file's name as it may be shown and told to the model, whoever chose it: on one line, without
 * signs that turn the text around them, and not endless. It keeps its extension.
 */
export function cleanFileName(name: string): string {
  const clean = name
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
  if (clean.length <= lengthMax) return clean || 'file'
  const extension = extensionOf(clean)
  return `${clean.slice(0, lengthMax - extension.length - 1)}…${extension}`
}

/** The name, numbered where it is taken: `index (2).ts`. */
export function uniqueName(name: string, taken: readonly string[]): string {
  const extension = extensionOf(name)
  const stem = name.slice(0, name.length - extension.length)
  let unique = name
  for (let number = 2; taken.includes(unique); number++) unique = `${stem} (${number})${extension}`
  return unique
}
