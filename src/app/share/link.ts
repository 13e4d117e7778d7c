import { codeLengthMax, decodeShare, type Opened } from './codec'
import { ShareRefused } from './refusal'

/** The fragment of an address that opens a share. */
export const shareHash = (code: string) => `#/s/${code}`

/** The address of the page `name` beside this one, with a share. */
export function shareAddress(name: '' | 'embed.html', code: string): string {
  const address = new URL(name || './', document.baseURI)
  return `${address.href}${shareHash(code)}`
}

/** The share's text in an address's `#…` part; undefined where it is about something else. */
export function parseShareHash(hash: string): string | undefined {
  return /^#\/s\/(.*)$/s.exec(hash)?.[1]
}

/** Opens what an address's `#…` part holds. @throws ShareRefused with the reason */
export function openShareHash(hash: string): Promise<Opened> {
  return decodeShare(parseShareHash(hash) ?? '')
}

const fileFormat = 'alcove-share'

/** Ends the names of files that hold a share. */
export const shareExtension = '.alcove'
export const shareMediaType = 'application/vnd.alcove.share+json'

/** A share as the text of a file: the same as in a link, so that nothing is read in two ways. */
export const toShareFile = (code: string) =>
  `${JSON.stringify({ format: fileFormat, code }, null, 2)}\n`

export const isShareFile = ({ name }: File) => name.toLowerCase().endsWith(shareExtension)

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
