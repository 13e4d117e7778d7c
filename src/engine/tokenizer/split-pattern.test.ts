import { describe, expect, it } from 'vitest'
import { splitText } from './split-pattern'

describe('splitText', () => {
  it('takes white space as Unicode does: U+0085 is, U+FEFF is not', () => {
    expect(splitText('a\u0085\u00a0b')).toEqual(['a', '\u0085', '\u00a0b'])
    expect(splitText('a\ufeff!')).toEqual(['a', '\ufeff!'])
  })

  it('keeps the short forms of English with their word, in either case', () => {
    expect(splitText("it's we'LL I'D don't")).toEqual(["it's", " we'LL", " I'D", " don't"])
    expect(splitText("rock'n")).toEqual(['rock', "'n"])
  })

  it('cuts numbers into threes, of every script', () => {
    expect(splitText('12345 ٣٤٥٦')).toEqual(['123', '45', ' ', '٣٤٥', '٦'])
  })

  it('loses no character, half a surrogate pair included', () => {
    const text = '\ud83d a\u0301\u0301 \n\n  x\u200d!\ude00\u0000'
    expect(splitText(text).join('')).toBe(text)
  })
})
