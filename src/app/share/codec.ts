/**
 * A share as text for the fragment of an address, or for a file.
 *
 * Base64url of a header of ten bytes and a body. Whatever the version, the header is
 *
 *   bytes 0–3  CRC-32 of all that follows them, big-endian
 *   bytes 4–7  length of the body
 *   byte  8    version: 2, or 1 where runs do not name their kernels
 *   byte  9    0: the body is plain; 1: it is encrypted, with bytes 4–9 authenticated as well
 *
 * and a plain body is JSON (see share.ts), compressed by raw DEFLATE; an encrypted one
 * has 16 bytes of salt, 12 of nonce, and that under AES-256-GCM (see passphrase.ts). The length tells a
 * link that was cut off from one that was changed, and the checksum is looked at before anything is
 * decompressed, decrypted or parsed.
 */
import { crc32, deflate, fromBase64Url, inflate, toBase64Url } from './bytes'
import { decrypt, encrypt } from './passphrase'
import { ShareRefused } from './refusal'
import { parseShare, type Share } from './share'

const version = 2
const headerBytes = 10
/** Where that begins which the checksum covers, and which encryption authenticates. */
const covered = 4

/** Longest text of a share: Firefox opens no address above 1 MiB. */
export const codeLengthMax = 1_000_000
/** Longest JSON; the longest text is read within a second on a slow machine. */
const jsonBytesMax = 16_000_000
/** Deepest nesting, and most values, of its JSON: share.ts needs six and some hundreds. */
const depthMax = 10
const valuesMax = 300_000

/**
 * @param passphrase without one, whoever has the text can read it
 * @throws ShareRefused `too-large`
 */
export async function encodeShare(share: Share, passphrase = ''): Promise<string> {
  const json = new TextEncoder().encode(JSON.stringify(share))
  if (json.length > jsonBytesMax) throw new ShareRefused({ code: 'too-large' })
  const plain = await deflate(json)
  const isEncrypted = passphrase !== ''
  // Salt, nonce and tag.
  const length = plain.length + (isEncrypted ? 16 + 12 + 16 : 0)
  const bytes = new Uint8Array(headerBytes + length)
  const view = new DataView(bytes.buffer)
  view.setUint32(4, length)
  view.setUint8(8, version)
  view.setUint8(9, isEncrypted ? 1 : 0)
  const header = bytes.slice(covered, headerBytes)
  bytes.set(isEncrypted ? await encrypt(plain, passphrase, header) : plain, headerBytes)
  view.setUint32(0, crc32(bytes.subarray(covered)))
  const code = toBase64Url(bytes)
  if (code.length > codeLengthMax) throw new ShareRefused({ code: 'too-large' })
  return code
}

/** A share that is read, or that waits for its passphrase. */
export type Opened = { share: Share } | { unlock: (passphrase: string) => Promise<Share> }

/**
 * Reads what anybody may have written.
 * @throws ShareRefused with the reason; so does `unlock`
 */
export async function decodeShare(code: string): Promise<Opened> {
  const { header, body, isEncrypted } = readEnvelope(code)
  if (!isEncrypted) return { share: await readPlain(body) }
  return { unlock: async (passphrase) => readPlain(await decrypt(body, passphrase, header)) }
}

function readEnvelope(code: string) {
  if (code === '') throw new ShareRefused({ code: 'no-share' })
  if (code.length > codeLengthMax) throw new ShareRefused({ code: 'too-large' })
  const bytes = fromBase64Url(code)
  if (bytes.length < headerBytes) throw new ShareRefused({ code: 'cut-off' })
  const view = new DataView(bytes.buffer)
  if (bytes.length < headerBytes + view.getUint32(4)) throw new ShareRefused({ code: 'cut-off' })
  if (view.getUint32(0) !== crc32(bytes.subarray(covered)))
    throw new ShareRefused({ code: 'damaged' })
  if (view.getUint8(8) > version) throw new ShareRefused({ code: 'newer-version' })
  const kind = view.getUint8(9)
  const isSound =
    view.getUint8(8) > 0 && kind <= 1 && view.getUint32(4) === bytes.length - headerBytes
  if (!isSound) throw new ShareRefused({ code: 'damaged' })
  return {
    header: bytes.slice(covered, headerBytes),
    body: bytes.subarray(headerBytes),
    isEncrypted: kind === 1,
  }
}

async function readPlain(body: Uint8Array<ArrayBuffer>): Promise<Share> {
  const bytes = await inflate(body, jsonBytesMax)
  checkShape(bytes)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new ShareRefused({ code: 'damaged' })
  }
  return parseShare(value)
}

/**
 * Counts what JSON holds before it is parsed, which for millions of values takes seconds.
 * @throws ShareRefused `too-large`
 */
function checkShape(bytes: Uint8Array) {
  let depth = 0
  let values = 0
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case 0x22: // "
        for (at++; at < bytes.length && bytes[at] !== 0x22; at++) if (bytes[at] === 0x5c) at++ // \\
        break
      case 0x7b: // {
      case 0x5b: // [
        depth++
        values++
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth--
        break
      case 0x2c: // ,
      case 0x3a: // :
        values++
    }
    if (depth > depthMax || values > valuesMax) throw new ShareRefused({ code: 'too-large' })
  }
}
