import { describe, expect, it } from 'vitest'
import { isInTheClear, parseEndpoint, readBaseUrl, readDraft } from './endpoint'

describe('readBaseUrl', () => {
  it.each([
    ['http://localhost:8080', 'http://localhost:8080/v1'],
    ['http://localhost:8080/', 'http://localhost:8080/v1'],
    ['http://localhost:8080/v1', 'http://localhost:8080/v1'],
    ['http://localhost:8080/v1/', 'http://localhost:8080/v1'],
    [' https://openrouter.ai/api/v1/chat/completions ', 'https://openrouter.ai/api/v1'],
    ['http://box/v1/models', 'http://box/v1'],
    ['https://example.org/v1beta/openai/', 'https://example.org/v1beta/openai'],
    ['https://example.org/llm', 'https://example.org/llm/v1'],
    ['https://example.org/v1?key=1#top', 'https://example.org/v1'],
    ['gpu-box:8000', 'http://gpu-box:8000/v1'],
    ['192.168.1.20:11434', 'http://192.168.1.20:11434/v1'],
    ['gpu.local', 'http://gpu.local/v1'],
    ['openrouter.ai/api/v1', 'https://openrouter.ai/api/v1'],
  ])('completes %s', (typed, baseUrl) => {
    expect(readBaseUrl(typed)).toBe(baseUrl)
  })

  it.each(['', '   ', 'http://', 'ftp://example.org', 'javascript:alert(1)', 'two words'])(
    'refuses “%s”',
    (typed) => {
      expect(readBaseUrl(typed)).toMatchObject({ problem: expect.stringContaining('address') })
    },
  )

  it('refuses a password, which belongs into the key', () => {
    expect(readBaseUrl('http://me:secret@box:8000')).toMatchObject({
      problem: expect.stringContaining('key'),
    })
  })
})

describe('readDraft', () => {
  const typed = { name: ' ', baseUrl: 'box:8000', key: ' sk-1\n', model: ' gpt-oss-120b ' }

  it('trims what was typed, and calls the server by its host', () => {
    expect(readDraft(typed)).toEqual({
      name: 'box:8000',
      baseUrl: 'http://box:8000/v1',
      key: 'sk-1',
      model: 'gpt-oss-120b',
    })
  })

  it.each([
    [{ baseUrl: 'nowhere at all' }, 'baseUrl'],
    [{ key: 'two words' }, 'key'],
    [{ key: 'schlüssel' }, 'key'],
    [{ model: ' ' }, 'model'],
  ])('names the field of %o', (changes, field) => {
    expect(readDraft({ ...typed, ...changes })).toMatchObject({ field })
  })
})

describe('isInTheClear', () => {
  it.each([
    ['http://192.168.1.20/v1', true],
    ['http://gpu-box/v1', true],
    ['https://gpu-box/v1', false],
    ['http://localhost:8080/v1', false],
    ['http://127.0.0.1:8080/v1', false],
    ['http://[::1]:8080/v1', false],
    ['http://localhost.example.org/v1', true],
  ])('%s: %s', (baseUrl, expected) => {
    expect(isInTheClear({ baseUrl })).toBe(expected)
  })
})

describe('parseEndpoint', () => {
  const endpoint = {
    id: 'e',
    name: 'box',
    baseUrl: 'http://box/v1',
    key: '',
    model: 'm',
    isConfirmed: true,
  }

  it('gives back what was kept, and nothing that it does not know', () => {
    expect(parseEndpoint({ ...endpoint, mood: 'new' })).toEqual(endpoint)
  })

  it('takes what says nothing of it for not agreed to', () => {
    expect(parseEndpoint({ ...endpoint, isConfirmed: 'yes' })?.isConfirmed).toBe(false)
  })

  it.each([null, 'box', { ...endpoint, baseUrl: 'file:///etc/passwd' }, { ...endpoint, key: 1 }])(
    'leaves out %o',
    (value) => {
      expect(parseEndpoint(value)).toBeUndefined()
    },
  )
})
