import { describe, expect, it } from 'vitest'
import { compileSplitPattern } from './split-pattern'

const pieces = (source: string, text: string) => text.match(compileSplitPattern(source)) ?? []

describe('compileSplitPattern', () => {
  it('takes white space as Unicode does: U+0085 is, U+FEFF is not', () => {
    expect(pieces('\\s', '\u0085\ufeff\u00a0\n')).toEqual(['\u0085', '\u00a0', '\n'])
    expect(pieces('\\S', '\u0085\ufeff\n')).toEqual(['\ufeff'])
    expect(pieces('[^\\s]', '\u0085\ufeff\n')).toEqual(['\ufeff'])
  })

  it('takes digits of every script', () => {
    expect(pieces('\\d', 'a1٣')).toEqual(['1', '٣'])
  })

  it('ignores case in a caseless group only', () => {
    expect(pieces("(?i:'s|'re)x", "'sx 'Sx 'Rex 'REx 'sX")).toEqual(["'sx", "'Sx", "'Rex", "'REx"])
    expect(pieces('(?i:(?:a)b)c', 'ABc ABC')).toEqual(['ABc'])
  })

  it('keeps properties, counts, look-aheads and escaped signs', () => {
    expect(pieces('\\p{Lu}{1,2}|\\s+(?!\\S)|\\[', 'ABC [x  ')).toEqual(['AB', 'C', '[', '  '])
  })

  it.each([
    { pattern: '\\w+', because: 'the word characters differ' },
    { pattern: '\\bx', because: 'word boundaries differ' },
    { pattern: '\\A', because: 'JavaScript has no such anchor' },
    { pattern: '[[:alpha:]]', because: 'JavaScript has no POSIX classes' },
    { pattern: '[a&&b]', because: 'an intersection needs another syntax' },
    { pattern: '(?i:[a-f])', because: 'a class would have to be widened' },
    { pattern: '(?i:é)', because: 'only ASCII letters are spelled out' },
    { pattern: '^x', because: 'line ends differ' },
    { pattern: '.', because: 'line ends differ' },
    { pattern: '(?>a)', because: 'JavaScript has no atomic groups' },
    { pattern: 'a++', because: 'JavaScript has no possessive quantifiers' },
    { pattern: '\\p{Nonsense}', because: 'there is no such property' },
  ])('refuses $pattern: $because', ({ pattern }) => {
    expect(() => compileSplitPattern(pattern)).toThrow(SyntaxError)
  })
})
