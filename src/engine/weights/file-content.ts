import { EngineError } from '../errors'

/** Says that a file holds what servers send in place of a file they do not have. */
export const HTML_PROBLEM = 'is an HTML page, which some servers send in place of a missing file'

/**
 * What a file is that begins with these bytes, when it is one of the things that are commonly found
 * in place of a checkpoint's file; undefined when it is none of them.
 */
export function foreignContent(begin: Uint8Array): string | undefined {
  const text = String.fromCharCode(...begin.subarray(0, 64)).trimStart()
  if (text.startsWith('<')) return HTML_PROBLEM
  if (text.startsWith('version ')) {
    return 'is a Git LFS pointer, not the file that it stands for; "git lfs pull" fetches that'
  }
  if (text.startsWith('GGUF')) return 'is a GGUF file'
  return undefined
}

/**
 * A small file's text.
 * @throws EngineError `file-invalid` when it is empty, not UTF-8, or plainly something else
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  if (bytes.length === 0) throw fileInvalid(file, 'is empty')
  const problem = foreignContent(bytes)
  if (problem !== undefined) throw fileInvalid(file, problem)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw fileInvalid(file, 'is not UTF-8 text')
  }
}

/**
 * The value that a JSON text stands for. Untrusted: check every field that is used.
 * @throws EngineError `file-invalid` when it is not JSON
 */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw fileInvalid(file, `is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}

/** Whether a value from a JSON file is an object with named fields. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The error for a file whose content is not what it should be; `problem` continues "FILE …". */
export function fileInvalid(file: string, problem: string): EngineError {
  return new EngineError({ code: 'file-invalid', file, problem })
}

/** A value from an untrusted file as an error shows it, however long or deep it is. */
export function quoted(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : stringify(value)
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined'
  } catch {
    return 'a value too deep or too long to show'
  }
}
