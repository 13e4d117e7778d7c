/** Encryption by a passphrase: AES-256-GCM, its key by PBKDF2 with SHA-256. */
import { ShareRefused } from './refusal'

/** What OWASP's password storage cheat sheet asks of PBKDF2 with SHA-256 (2023). */
const iterations = 600_000
const saltBytes = 16
const nonceBytes = 12

/** Whether this page may encrypt: browsers leave that out on pages without HTTPS. */
export const canEncrypt = () => globalThis.crypto?.subtle !== undefined

async function keyOf(passphrase: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  // The same letters, however a keyboard composes them.
  const secret = new TextEncoder().encode(passphrase.normalize('NFKC'))
  const base = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

/**
 * @param header bytes that are not secret, and that nobody may change either
 * @returns salt, nonce, ciphertext and tag
 */
export async function encrypt(
  plain: Uint8Array<ArrayBuffer>,
  passphrase: string,
  header: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const salt = crypto.getRandomValues(new Uint8Array(saltBytes))
  const iv = crypto.getRandomValues(new Uint8Array(nonceBytes))
  const key = await keyOf(passphrase, salt)
  const algorithm = { name: 'AES-GCM', iv, additionalData: header }
  const sealed = await crypto.subtle.encrypt(algorithm, key, plain)
  return new Uint8Array(await new Blob([salt, iv, sealed]).arrayBuffer())
}

/** @throws ShareRefused `wrong-passphrase`, `damaged` for what is too short, `no-cryptography` */
export async function decrypt(
  bytes: Uint8Array<ArrayBuffer>,
  passphrase: string,
  header: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!canEncrypt()) throw new ShareRefused({ code: 'no-cryptography' })
  if (bytes.length < saltBytes + nonceBytes) throw new ShareRefused({ code: 'damaged' })
  const salt = bytes.slice(0, saltBytes)
  const iv = bytes.slice(saltBytes, saltBytes + nonceBytes)
  const key = await keyOf(passphrase, salt)
  const algorithm = { name: 'AES-GCM', iv, additionalData: header }
  try {
    const sealed = bytes.subarray(saltBytes + nonceBytes)
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed))
  } catch {
    throw new ShareRefused({ code: 'wrong-passphrase' })
  }
}
