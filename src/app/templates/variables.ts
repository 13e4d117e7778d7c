/**
 * `{{name}}`, where the name begins with a letter or digit and goes on with these, spaces, hyphens
 * and underscores: other text in double braces, as code has it, is no variable.
 */
const variable = /\{\{\s*([\p{L}\p{N}][\p{L}\p{N}\p{M} _-]{0,59}?)\s*\}\}/gu

/** The names of a template's variables, each once, in the order in which they first come. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(variable)].map(([, name]) => name as string))]
}

/** The text with its variables' values in their places; one without a value stays as it is. */
export function fillIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(variable, (placeholder, name: string) => values.get(name) || placeholder)
}
