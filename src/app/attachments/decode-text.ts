import { FileRefused } from './refusal'

/**
 * The text in a file's bytes: UTF-8, or UTF-16 where a byte order mark says so. Lines end by \n.
 * @throws FileRefused `not-text`, `not-utf8`
 */
export function decodeText(bytes: Uint8Array): string {
  const text = decode(bytes)
  // Text has no NUL, and hardly a binary file is without.
  if (text === undefined || text.includes('\0')) {
    throw new FileRefused({
      reason: text === undefined && !bytes.includes(0) ? 'not-utf8' : 'not-text',
    })
  }
  return text.replace(/\r\n?/g, '\n')
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return 'utf-8'
}
