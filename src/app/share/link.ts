import { sharePrefix } from '../route'
import { codeLengthMax, decodeShare, type Opened } from './codec'
import { ShareRefused } from './refusal'

/** The `#…` part of an address that opens a share. */
export const shareHash = (code: string) => `${sharePrefix}${code}`

/** The address of the app, or of its view for other pages, that opens a share. */
export function shareAddress(page: 'app' | 'embed', code: string): string {
  const { href } = new URL(page === 'embed' ? 'embed.html' : './', document.baseURI)
  return `${href}${shareHash(code)}`
}

/** Where whoever shares looks at it: a page of the same kind, which is sealed where this one is. */
export const previewHref = (code: string, isSealed: boolean) =>
  `./${isSealed ? '?sealed' : ''}${shareHash(code)}`

/**
 * Opens what an address's `#…` part holds.
 * @throws ShareRefused with the reason
 */
export async function openShareHash(hash: string): Promise<Opened> {
  if (!hash.startsWith(sharePrefix)) throw new ShareRefused({ code: 'no-share' })
  return decodeShare(hash.slice(sharePrefix.length))
}

const fileFormat = 'alcove-share'

/** A share as the text of a file: the same as in a link, so that nothing is read in two ways. */
export const toShareFile = (code: string) =>
  `${JSON.stringify({ format: fileFormat, code }, null, 2)}\n`

/**
 * The share's text in a file.
 * @throws ShareRefused with the reason
 */
export async function readShareFile(file: File): Promise<string> {
  // Room for what stands around it.
  if (file.size > codeLengthMax + 1000) throw new ShareRefused({ code: 'too-large' })
  let value: unknown
  try {
    value = JSON.parse(await file.text())
  } catch {
    throw new ShareRefused({ code: 'no-share' })
  }
  const { format, code } = (value ?? {}) as { format?: unknown; code?: unknown }
  if (format !== fileFormat || typeof code !== 'string' || !/^[\w-]*$/.test(code))
    throw new ShareRefused({ code: 'no-share' })
  return code
}
