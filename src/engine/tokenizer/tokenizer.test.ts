import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors'
import { O200K_SPLIT } from '../o200k'
import { miniFolder, readJson } from '../testing/golden'
import { gptOssTokenizer, miniTokenizer, tokenizerGoldenFolder } from '../testing/tokenizers'
import { createTokenizer, type Tokenizer } from './tokenizer'

interface EncodeCase {
  category: string
  text: string
  ids: number[]
  /** Where special tokens in the text would make a difference. */
  ids_special?: number[]
}

interface DecodeCase {
  text: string
  ids: number[]
  token_bytes_hex: string[]
}

const golden = <T>(name: string): T => readJson<T>(new URL(name, tokenizerGoldenFolder))

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex')

/** Feeds `ids` one at a time; the text so far must always be a beginning of the whole. */
function decodeStreaming(tokenizer: Tokenizer, ids: readonly number[]): string {
  const whole = tokenizer.decode(ids)
  const decoder = tokenizer.createDecoder()
  let text = ''
  for (const id of ids) {
    text += decoder.push(id)
    expect(whole.startsWith(text)).toBe(true)
  }
  return text + decoder.flush()
}

describe('the gpt-oss tokenizer', () => {
  const tokenizer = gptOssTokenizer()

  it.each(golden<EncodeCase[]>('encode.json'))('encodes $category: $text', (testCase) => {
    expect(tokenizer.encode(testCase.text)).toEqual(testCase.ids)
  })

  it.each(golden<EncodeCase[]>('encode.json'))('decodes $category: $text', (testCase) => {
    expect(tokenizer.decode(testCase.ids)).toBe(testCase.text)
    expect(decodeStreaming(tokenizer, testCase.ids)).toBe(testCase.text)
    if (testCase.ids_special) expect(tokenizer.decode(testCase.ids_special)).toBe(testCase.text)
  })

  it.each(golden<DecodeCase[]>('decode.json'))('decodes split characters: $text', (testCase) => {
    expect(testCase.ids.map((id) => hex(tokenizer.tokenBytes(id)))).toEqual(
      testCase.token_bytes_hex,
    )
    expect(tokenizer.decode(testCase.ids)).toBe(testCase.text)
    expect(decodeStreaming(tokenizer, testCase.ids)).toBe(testCase.text)
  })

  it('knows the bytes of tokens', () => {
    const expected = golden<Record<string, string>>('token_bytes.json')
    const actual = Object.keys(expected).map((id) => [id, hex(tokenizer.tokenBytes(Number(id)))])
    expect(Object.fromEntries(actual)).toEqual(expected)
  })

  it('knows its special tokens and where the reserved rows begin', () => {
    expect(tokenizer.specialId('<|start|>')).toBe(200006)
    expect(tokenizer.requiredSpecialId('<|return|>')).toBe(200002)
    expect(tokenizer.specialId('<|nothing|>')).toBeUndefined()
    expect(tokenizer.specialName(200006)).toBe('<|start|>')
    expect(tokenizer.specialName(220)).toBeUndefined()
    expect(tokenizer.tokenCount).toBe(200019)
    expect(tokenizer.tokenBytes(200019)).toBeUndefined()
  })

  it('decodes special tokens to their names or to nothing', () => {
    expect(tokenizer.decode([200006, 1428, 200008])).toBe('<|start|>user<|message|>')
    expect(tokenizer.decode([200006, 1428, 200008], { special: 'omit' })).toBe('user')
  })

  it('holds back half a character, across omitted special tokens too', () => {
    const ids = tokenizer.encode('💖')
    const decoder = tokenizer.createDecoder({ special: 'omit' })
    const texts = ids.flatMap((id) => [decoder.push(id), decoder.push(200007)])
    expect(texts.slice(0, -2).join('')).toBe('')
    expect(texts.join('')).toBe('💖')
  })

  it('turns an incomplete character at the end, and an id without a token, into U+FFFD', () => {
    const [firstHalf] = tokenizer.encode('💖') as [number, number]
    const decoder = tokenizer.createDecoder()
    expect(decoder.push(firstHalf)).toBe('')
    expect(decoder.flush()).toBe('\uFFFD')
    expect(tokenizer.decode([201087])).toBe('\uFFFD')
  })

  it.each([
    { what: 'spaces', text: ' '.repeat(100_000) },
    { what: 'one letter', text: 'a'.repeat(100_000) },
    { what: 'one capital letter', text: 'A'.repeat(100_000) },
    { what: 'prose', text: 'The quick brown fox saw 1234 lazy dogs.\n'.repeat(2500) },
  ])('encodes 100 KB of $what within half a second', ({ text }) => {
    // Processor time, because other tests share the machine.
    const start = process.cpuUsage()
    const ids = tokenizer.encode(text)
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(500)
    expect(tokenizer.decode(ids)).toBe(text)
  })

  it('gives back whatever text went in', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const text = randomText(seed)
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
    }
  })
})

describe("the mini model's tokenizer", () => {
  const tokenizer = miniTokenizer()
  const { tokenizer: cases } = readJson<{ tokenizer: { text: string; ids: number[] }[] }>(
    new URL('fixtures.json', miniFolder),
  )

  // In these cases special tokens are special; text between them is encoded on its own.
  const encodeWithSpecials = (text: string) =>
    text.split(/(<\|\w+\|>)/).flatMap((part) => tokenizer.specialId(part) ?? tokenizer.encode(part))

  it.each(cases)('encodes and decodes $text', ({ text, ids }) => {
    expect(encodeWithSpecials(text)).toEqual(ids)
    expect(tokenizer.decode(ids)).toBe(text)
    expect(decodeStreaming(tokenizer, ids)).toBe(text)
  })

  it('has ids of its own', () => {
    expect(tokenizer.specialId('<|start|>')).toBe(1531)
    expect(tokenizer.tokenCount).toBe(1536)
    expect(tokenizer.encode('1234')).toHaveLength(4)
  })
})

describe('createTokenizer', () => {
  const bytes = Object.fromEntries(
    Array.from({ length: 256 }, (_, id) => [
      new TextDecoder('utf-16le').decode(Uint16Array.of(byteCharacter(id))),
      id,
    ]),
  )
  const small = {
    added_tokens: [{ id: 257, content: '<|end|>' }],
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: O200K_SPLIT }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      ],
    },
    model: { type: 'BPE', ignore_merges: true, vocab: { ...bytes, ab: 256 }, merges: [] },
  }
  const withPattern = (pattern: string) => {
    const [split, byteLevel] = small.pre_tokenizer.pretokenizers
    const pretokenizers = [{ ...split, pattern: { Regex: pattern } }, byteLevel]
    return { ...small, pre_tokenizer: { ...small.pre_tokenizer, pretokenizers } }
  }

  it('reads a small sound file', () => {
    const tokenizer = createTokenizer(small)
    expect(tokenizer.encode('ab b')).toEqual([256, 32, 98])
    expect(tokenizer.tokenCount).toBe(258)
  })

  it('does not turn text into a special token that the vocabulary lists too', () => {
    const model = { ...small.model, vocab: { ...small.model.vocab, '<|end|>': 257 } }
    const tokenizer = createTokenizer({ ...small, model })
    expect(tokenizer.encode('<|end|>')).toHaveLength(7)
  })

  it.each([
    { what: 'a text', json: '{}', problem: /not a JSON object/ },
    { what: 'an array', json: [], problem: /not a JSON object/ },
    { what: 'another model', json: change({ model: { type: 'Unigram' } }), problem: /BPE/ },
    {
      what: 'a list of merges that must be followed',
      json: change({ model: { ...small.model, ignore_merges: false } }),
      problem: /ignore_merges/,
    },
    { what: 'a normalizer', json: change({ normalizer: { type: 'NFC' } }), problem: /normalizer/ },
    {
      what: 'a missing byte',
      json: change({ model: { ...small.model, vocab: { ab: 0 } } }),
      problem: /byte 0 has no token/,
    },
    {
      what: 'a fractional id',
      json: change({ model: { ...small.model, vocab: { ...bytes, ab: 0.5 } } }),
      problem: /"ab"\] is not an id/,
    },
    {
      what: 'an id far above any vocabulary',
      json: change({ model: { ...small.model, vocab: { ...bytes, ab: 2 ** 22 } } }),
      problem: /"ab"\] is not an id/,
    },
    {
      what: 'an id given twice',
      json: change({ model: { ...small.model, vocab: { ...bytes, ab: 98 } } }),
      problem: /two tokens have the id 98/,
    },
    {
      what: 'a token outside the byte characters',
      json: change({ model: { ...small.model, vocab: { ...bytes, 猫: 256 } } }),
      problem: /byte characters/,
    },
    { what: 'no added tokens', json: change({ added_tokens: null }), problem: /added_tokens/ },
    {
      what: 'a nameless added token',
      json: change({ added_tokens: [{ id: 257 }] }),
      problem: /added_tokens\[0\]/,
    },
    { what: 'no pre_tokenizer', json: change({ pre_tokenizer: null }), problem: /pre_tokenizer/ },
    {
      what: 'a pattern that takes exponential time',
      json: withPattern('(\\S+)+$'),
      problem: /another Regex/,
    },
  ])('refuses $what and names the file', ({ json, problem }) => {
    const error = thrownBy(() => createTokenizer(json, 'models/x/tokenizer.json'))
    expect(error.data).toMatchObject({ code: 'file-invalid', file: 'models/x/tokenizer.json' })
    expect(error.data).toHaveProperty('problem', expect.stringMatching(problem))
  })

  it('names the special token that a caller misses', () => {
    const error = thrownBy(() => createTokenizer(small).requiredSpecialId('<|call|>'))
    expect(error.data).toEqual({
      code: 'file-invalid',
      file: 'tokenizer.json',
      problem: 'it has no special token <|call|>',
    })
  })

  function change(changes: object): object {
    return { ...small, ...changes }
  }
})

/** GPT-2's table, written differently from the one under test. */
function byteCharacter(byte: number): number {
  if (byte <= 32) return 256 + byte
  if (byte >= 127 && byte <= 160) return 256 + 33 + (byte - 127)
  return byte === 173 ? 256 + 67 : byte
}

function thrownBy(action: () => unknown): EngineError {
  try {
    action()
  } catch (error) {
    if (error instanceof EngineError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Text of many scripts, spaces and signs; the same for a seed. */
function randomText(seed: number): string {
  const alphabet = [...' \n\t\u00a0\u0085\ufeffaZéß9٣猫字かな한글مرحबा💖👩‍👩‍👧<|>\'"s!/\u0301']
  let state = seed
  return Array.from({ length: 60 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return alphabet[state % alphabet.length]
  }).join('')
}
