import { expect, it } from 'vitest'
import { t } from './t'

it('fills in values, and chooses the plural', () => {
  expect(t('Ask {{model}}: why?', { model: '<gpt-oss>' })).toBe('Ask <gpt-oss>: why?')
  expect(t('{{count}} tokens', { count: 1 })).toBe('1 token')
  expect(t('{{count}} tokens', { count: 2 })).toBe('2 tokens')
})
