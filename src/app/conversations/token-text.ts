/** Token ids as text: three signs each, which a repeated token repeats, so that it compresses well. */

const signs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const valueOfSign = new Map(Array.from(signs, (sign, value) => [sign, value]))

/** Ids are below it: gpt-oss has 201,088 tokens. */
const idEnd = 64 ** 3

/** @param ids whole numbers below 262,144 */
export function writeTokens(ids: readonly number[]): string {
  let text = ''
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id >= idEnd)
      throw new RangeError(`${id} is no token's id`)
    text += signs.charAt(id >> 12) + signs.charAt((id >> 6) & 63) + signs.charAt(id & 63)
  }
  return text
}

/** Undefined for what `writeTokens` does not write. */
export function readTokens(text: string): number[] | undefined {
  if (text.length % 3 !== 0) return undefined
  const ids: number[] = []
  for (let at = 0; at < text.length; at += 3) {
    const [high, middle, low] = [text[at], text[at + 1], text[at + 2]].map((sign) =>
      valueOfSign.get(sign ?? ''),
    )
    if (high === undefined || middle === undefined || low === undefined) return undefined
    ids.push((high << 12) | (middle << 6) | low)
  }
  return ids
}
