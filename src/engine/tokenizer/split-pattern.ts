import { O200K_SPLIT } from '../o200k'

/**
 * How gpt-oss cuts text into the pieces that are encoded on their own: the pattern of o200k_harmony
 * (spec section 6). No other is accepted. A file could bring one that takes hours on a line of text.
 */

/**
 * The same for JavaScript, whose `\s` counts U+FEFF as space and U+0085 not, the opposite of Unicode;
 * `(?i:…)` is spelled out because it is too young for some browsers.
 */
const pattern = new RegExp(
  O200K_SPLIT.replaceAll("(?i:'s|'t|'re|'ve|'m|'ll|'d)", "(?:'(?:[sStTmMdD]|[rRvV][eE]|[lL][lL]))")
    .replaceAll('\\s', '\\p{White_Space}')
    .replaceAll('\\S', '\\P{White_Space}'),
  'gu',
)

/** The pieces of `text` in order; every character is in one of them. */
export function splitText(text: string): readonly string[] {
  return text.match(pattern) ?? []
}
