import { describe, expect, it } from 'vitest'
import { readTokens, writeTokens } from './token-text'

describe('tokens as text', () => {
  it('take three signs each and come back', () => {
    const ids = [0, 63, 64, 200_002, 262_143]
    expect(writeTokens(ids)).toBe('AAAAA_ABAw1C___')
    expect(readTokens('AAAAA_ABAw1C___')).toEqual(ids)
    expect(readTokens('')).toEqual([])
  })

  it.each(['A', 'AAAA', 'AA+', 'AA=', 'AAé'])('refuse %j', (text) => {
    expect(readTokens(text)).toBeUndefined()
  })

  it.each([-1, 262_144, 1.5, Number.NaN])('refuse the id %d', (id) => {
    expect(() => writeTokens([id])).toThrow(RangeError)
  })
})
