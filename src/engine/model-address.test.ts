import { describe, expect, it } from 'vitest'
import { errorData } from './errors'
import { parseModelAddress, splitModelAddress } from './model-address'

const hub = 'https://huggingface.co'
const main20b = `${hub}/openai/gpt-oss-20b/resolve/main`

describe('parseModelAddress', () => {
  it.each([
    ['openai/gpt-oss-20b', main20b, 'openai/gpt-oss-20b'],
    ['  openai/gpt-oss-20b\n', main20b, 'openai/gpt-oss-20b'],
    ['https://huggingface.co/openai/gpt-oss-20b', main20b, 'openai/gpt-oss-20b'],
    ['HTTPS://HuggingFace.co/openai/gpt-oss-20b/', main20b, 'openai/gpt-oss-20b'],
    ['huggingface.co/openai/gpt-oss-20b', main20b, 'openai/gpt-oss-20b'],
    ['hf.co/openai/gpt-oss-20b', main20b, 'openai/gpt-oss-20b'],
    ['http://hf.co/openai/gpt-oss-20b', main20b, 'openai/gpt-oss-20b'],
    [`${hub}/openai/gpt-oss-20b?library=x#readme`, main20b, 'openai/gpt-oss-20b'],
    [`${hub}/openai/gpt-oss-20b/tree/main`, main20b, 'openai/gpt-oss-20b'],
    [`${main20b}/`, main20b, 'openai/gpt-oss-20b'],
    [`${main20b}/config.json?download=true`, main20b, 'openai/gpt-oss-20b'],
    [
      `${hub}/openai/gpt-oss-20b/blob/main/model-00000-of-00002.safetensors`,
      main20b,
      'openai/gpt-oss-20b',
    ],
  ])('%j is the 20B on the hub', (typed, model, label) => {
    expect(parseModelAddress(typed)).toEqual({ model, label })
  })

  it.each([
    { typed: 'o/n@v1.0', model: `${hub}/o/n/resolve/v1.0`, label: 'o/n@v1.0' },
    { typed: 'o/n@refs/pr/7', model: `${hub}/o/n/resolve/refs%2Fpr%2F7`, label: 'o/n@refs/pr/7' },
    {
      typed: `${hub}/o/n/tree/refs%2Fpr%2F7`,
      model: `${hub}/o/n/resolve/refs%2Fpr%2F7`,
      label: 'o/n@refs/pr/7',
    },
    {
      typed: `${hub}/o/n/tree/main/sub/folder`,
      model: `${hub}/o/n/resolve/main/sub/folder`,
      label: 'o/n/sub/folder',
    },
    {
      typed: `${hub}/o/n/blob/main/gpt-oss-20b-mxfp4.gguf`,
      model: `${hub}/o/n/resolve/main/gpt-oss-20b-mxfp4.gguf`,
      label: 'o/n/gpt-oss-20b-mxfp4.gguf',
    },
    {
      typed: `${hub}/o/n/resolve/main/a%20b.gguf?download=true`,
      model: `${hub}/o/n/resolve/main/a%20b.gguf`,
      label: 'o/n/a b.gguf',
    },
    {
      typed: 'https://hf-mirror.com/o/n',
      model: 'https://hf-mirror.com/o/n/resolve/main',
      label: 'hf-mirror.com/o/n',
    },
    {
      typed: 'http://hub.example:8080/o/n/tree/main',
      model: 'http://hub.example:8080/o/n/resolve/main',
      label: 'hub.example:8080/o/n',
    },
    {
      typed: 'https://mirror.example/models/20b//',
      model: 'https://mirror.example/models/20b',
      label: 'mirror.example/models/20b',
    },
    {
      typed: 'https://mirror.example/models/20b/config.json',
      model: 'https://mirror.example/models/20b',
      label: 'mirror.example/models/20b',
    },
    {
      typed: 'http://localhost:8000',
      model: 'http://localhost:8000',
      label: 'localhost:8000',
    },
    {
      typed: 'http://localhost:8000/x.gguf#part',
      model: 'http://localhost:8000/x.gguf',
      label: 'localhost:8000/x.gguf',
    },
  ])('$typed is $label', ({ typed, model, label }) => {
    expect(parseModelAddress(typed)).toEqual({ model, label })
  })

  it.each([
    main20b,
    `${hub}/o/n/resolve/refs%2Fpr%2F7`,
    `${hub}/o/n/resolve/main/a%20b.gguf`,
    'https://mirror.example/models/20b',
    'http://localhost:8000/x.gguf',
  ])('leaves %s, which it made, as it is', (model) => {
    expect(parseModelAddress(model).model).toBe(model)
  })

  it.each([
    { typed: '', says: /is no address/ },
    { typed: 'gpt-oss-20b', says: /is no address/ },
    { typed: 'what is this', says: /is no address/ },
    { typed: 'example.com/models', says: /write owner\/name/ },
    { typed: 'openai/..', says: /is no model/ },
    { typed: 'openai/gpt-oss-20b@../../x', says: /is no model/ },
    { typed: 'openai/gpt-oss-20b@a?b', says: /is no model/ },
    { typed: 'ftp://example.com/model', says: /does not begin with https/ },
    { typed: 'file:///home/me/model', says: /does not begin with https/ },
    { typed: 'javascript:alert(1)', says: /does not begin with https/ },
    { typed: 'data:text/plain,x', says: /does not begin with https/ },
    { typed: 'https://mirror.example/model?token=x', says: /has a query/ },
    { typed: 'https://huggingface.co', says: /is no model of the hub/ },
    { typed: 'https://huggingface.co/openai', says: /is no model of the hub/ },
    { typed: 'https://huggingface.co/datasets/o/n', says: /is no model of the hub/ },
    { typed: 'https://huggingface.co/spaces/o/n', says: /is no model of the hub/ },
    { typed: 'https://huggingface.co/o/n/tree/%E0%A4%A', says: /broken %/ },
    { typed: `https://a.example/${'x'.repeat(500)}?q`, says: /^.{1,200}$/ },
  ])('refuses $typed', ({ typed, says }) => {
    const error = errorDataOf(() => parseModelAddress(typed))
    expect(error).toMatchObject({ code: 'request-invalid', problem: expect.stringMatching(says) })
  })

  it('refuses a password, and does not repeat it', () => {
    const error = errorDataOf(() => parseModelAddress('https://me:hunter2@mirror.example/model'))
    expect(error).toMatchObject({ code: 'request-invalid' })
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })
})

describe('splitModelAddress', () => {
  it('leaves a folder whole', () => {
    expect(splitModelAddress(main20b)).toEqual({ folder: main20b, gguf: undefined })
  })

  it('tells a GGUF from its folder', () => {
    expect(splitModelAddress('https://a.example/models/a%20b.GGUF')).toEqual({
      folder: 'https://a.example/models',
      gguf: 'a b.GGUF',
    })
  })
})

function errorDataOf(work: () => unknown) {
  try {
    work()
  } catch (thrown) {
    return errorData(thrown)
  }
  throw new Error('nothing was thrown')
}
