import { afterEach, describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatContext,
  formatCount,
  formatDate,
  formatDuration,
  formatPercent,
  formatRate,
  formatTimeLeft,
} from './format'
import { showLocale } from './i18n/t'

describe('numbers as people read them', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_635_768, '1.6 MB'],
    [966_000_000, '966 MB'],
    [13_761_264_768, '13.8 GB'],
  ])('%d bytes is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it.each([
    [65_536, '65,536'],
    [1_391_280, '1.4 million'],
    [20_914_757_184, '20.9 billion'],
  ])('%d is %s', (count, text) => expect(formatCount(count)).toBe(text))

  it.each([
    [340, '0.3 s'],
    [12_400, '12 s'],
    [59_700, '1 min 0 s'],
    [83_000, '1 min 23 s'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

  it.each([
    [9.87, '9.9'],
    [61.3, '61'],
  ])('%d a second is %s', (rate, text) => expect(formatRate(rate)).toBe(text))

  it.each([
    [8192, '8 K'],
    [131_072, '128 K'],
    [5000, '5,000'],
    [512, '512'],
  ])('a context of %d tokens is %s', (tokens, text) => expect(formatContext(tokens)).toBe(text))

  it.each([
    [4_200, 'a few seconds'],
    [31_000, '35 s'],
    [83_000, '1 min'],
    [4_100_000, '1 h 8 min'],
    [39_000_000, '11 h'],
  ])('%d ms to go is %s', (ms, text) => expect(formatTimeLeft(ms)).toBe(text))

  it('calls nothing whole that is not', () => expect(formatPercent(0.9999)).toBe('99 %'))
})

describe('numbers in another language', () => {
  afterEach(() => showLocale('en'))

  it('have its signs and words', async () => {
    await showLocale('de')
    expect(formatBytes(13_761_264_768)).toMatch(/^13,8\sGB$/)
    expect(formatCount(20_914_757_184)).toMatch(/^20,9\sMilliarden$/)
    expect(formatContext(5000)).toBe('5.000')
    expect(formatDate(Date.UTC(2026, 4, 20, 12))).toBe('20.05.2026')
  })

  it('have the figures of model names and code in Arabic, too', async () => {
    await showLocale('ar')
    expect(formatBytes(13_761_264_768)).toMatch(/^13\.8\s\P{ASCII}/u)
    expect(formatPercent(0.34)).toContain('34')
    expect(formatContext(8192)).toBe('8K')
  })
})
