/**
 * SHA-256 in lower-case hexadecimal.
 *
 * Undefined where there is no `crypto.subtle`: in insecure contexts, which have no WebGPU either.
 * The bytes are copied while they are hashed.
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle
  if (subtle === undefined) return undefined
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
