/**
 * tokenizer.json writes each byte of a token as one printable character (GPT-2's table, spec
 * section 6): bytes 33–126, 161–172 and 174–255 stand for themselves, the other 68, in ascending
 * order, are U+0100 … U+0143.
 */
const isPrintable = (byte: number) =>
  (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174

/** Byte → its character. */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let nextSubstitute = 0x100
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : nextSubstitute++),
  )
})()

/** Character code → its byte. */
const CHARACTER_BYTES: ReadonlyMap<number, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character.charCodeAt(0), byte]),
)

const encoder = new TextEncoder()

/** The UTF-8 bytes of `text`, one character a byte. */
export function toByteCharacters(text: string): string {
  let characters = ''
  for (const byte of encoder.encode(text)) characters += BYTE_CHARACTERS[byte]
  return characters
}

/** The bytes that `characters` stand for; undefined when one of them stands for none. */
export function fromByteCharacters(characters: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(characters.length)
  for (let i = 0; i < characters.length; i++) {
    const byte = CHARACTER_BYTES.get(characters.charCodeAt(i))
    if (byte === undefined) return undefined
    bytes[i] = byte
  }
  return bytes
}
