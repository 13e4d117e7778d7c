import { afterEach, describe, expect, it } from 'vitest'
import { showLocale, t } from './t'

afterEach(() => showLocale('en'))

it('fills in values, and chooses the plural', () => {
  expect(t('Ask {{model}}: why?', { model: '<gpt-oss>' })).toBe('Ask <gpt-oss>: why?')
  expect(t('{{count}} tokens', { count: 1 })).toBe('1 token')
  expect(t('{{count}} tokens', { count: 2 })).toBe('2 tokens')
})

it('takes nothing in a value for a variable of its own', () => {
  const title = '{{count}} $t(Chat) </b>'
  expect(t('Deleted “{{title}}”', { title })).toBe(`Deleted “${title}”`)
})

describe('another language', () => {
  it('has its own words, plurals and figures', async () => {
    expect(await showLocale('de')).toBe('de')
    expect(t('Chat')).toBe('Chat')
    expect(t('New chat')).toBe('Neuer Chat')
    expect(t('{{count}} tokens', { count: 16_384 })).toBe('16.384 Token')
  })

  it('tells few from many where the language does', async () => {
    await showLocale('ar')
    const few = t('{{count}} messages', { count: 3 })
    const many = t('{{count}} messages', { count: 11 })
    expect(few.replace('3', '')).not.toBe(many.replace('11', ''))
  })

  it('keeps the signs of a name in their order within a right-to-left sentence', async () => {
    await showLocale('ar')
    expect(t('Ask {{name}}', { name: 'gpt-oss' })).toContain('\u2068gpt-oss\u2069')
    expect(t('Ask {{name}}', { name: 'سارة' })).not.toContain('\u2068')
  })

  it('is the last that was asked for, whichever comes first', async () => {
    const first = showLocale('de')
    const last = showLocale('en')
    await Promise.all([first, last])
    expect(t('Cancel')).toBe('Cancel')
  })
})
