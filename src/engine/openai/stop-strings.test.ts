import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gptOssTokenizer } from '../testing/tokenizers'
import { ChatCollector } from './chat-completions'
import { StopStringGate, stopStringsOf } from './stop-strings'
import type { ChatChunk } from './types'

/** What passes of each bit of a text, then what passes at its end. */
function passed(stops: readonly string[], bits: readonly string[]): string[] {
  const gate = new StopStringGate(stops)
  return [...bits.map((bit) => gate.push(bit)), gate.finish()]
}

describe('StopStringGate', () => {
  it.each([
    { because: 'nothing stops it', stops: [], bits: ['a', 'b'], shown: ['a', 'b', ''] },
    {
      because: 'it is whole in one bit',
      stops: ['END'],
      bits: ['fin. END x'],
      shown: ['fin. ', ''],
    },
    {
      because: 'it is split over bits',
      stops: ['END'],
      bits: ['fin E', 'N', 'D of'],
      shown: ['fin ', '', '', ''],
    },
    { because: 'it is at the very start', stops: ['END'], bits: ['E', 'ND'], shown: ['', '', ''] },
    {
      because: 'it was only the beginning of one',
      stops: ['END'],
      bits: ['E', 'N', 'E', 'x'],
      shown: ['', '', 'EN', 'Ex', ''],
    },
    {
      because: 'the text ends within it',
      stops: ['END'],
      bits: ['a', 'EN'],
      shown: ['a', '', 'EN'],
    },
    {
      because: 'it begins within its own beginning',
      stops: ['aab'],
      bits: ['aa', 'a', 'b'],
      shown: ['', 'a', '', ''],
    },
    {
      because: 'one is the beginning of another, and complete before it',
      stops: ['ab', 'abc'],
      bits: ['xa', 'bc'],
      shown: ['x', '', ''],
    },
    {
      because: 'one lies within another, and is complete before it',
      stops: ['abcd', 'bc'],
      bits: ['xabcd'],
      shown: ['xa', ''],
    },
    {
      because: 'one ends another, and both are complete at once',
      stops: ['d', 'bcd'],
      bits: ['ab', 'cd'],
      shown: ['a', '', ''],
    },
    { because: 'nothing comes back after it', stops: ['x'], bits: ['x', 'y'], shown: ['', '', ''] },
    { because: 'line breaks count', stops: ['\n\n'], bits: ['a\n', '\nb'], shown: ['a', '', ''] },
  ])('shows the right text where $because', ({ stops, bits, shown }) => {
    expect(passed(stops, bits)).toEqual(shown)
  })

  it('shows the same text however it is cut into bits', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 })
    const stops = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(stops, fc.array(letters, { maxLength: 6 }), (stops, bits) => {
        const text = bits.join('')
        expect(passed(stops, bits).join('')).toBe(passed(stops, [...text]).join(''))
        expect(passed(stops, bits).join('')).toBe(passed(stops, [text]).join(''))
      }),
    )
  })
})

describe('the stop of a request', () => {
  it('is one text, a list of them, or nothing', () => {
    expect(stopStringsOf('END')).toEqual(['END'])
    expect(stopStringsOf(['a', 'b'])).toEqual(['a', 'b'])
    expect(stopStringsOf()).toEqual([])
  })

  it.each([
    { stop: ['a', 'b', 'c', 'd', 'e'], problem: /at most 4/ },
    { stop: 7, problem: /not a list/ },
    { stop: [''], problem: /empty/ },
    { stop: '', problem: /empty/ },
    { stop: ['a', 7], problem: /no text/ },
  ])('is refused when it is $stop', ({ stop, problem }) => {
    expect(() => stopStringsOf(stop as string)).toThrow(
      expect.objectContaining({
        data: { code: 'request-invalid', problem: expect.stringMatching(problem) },
      }),
    )
  })
})

describe('an answer with stop strings', () => {
  const tokenizer = gptOssTokenizer()

  /** Tokens are pushed until the collector says that the answer is over, as `answer` does it. */
  function collect(ids: readonly number[], stops: readonly string[]) {
    const collector = new ChatCollector(tokenizer, { id: 'x', created: 1, model: 'm' }, { stops })
    const chunks: ChatChunk[] = []
    let taken = 0
    for (const id of ids) {
      if (collector.isStopped) break
      chunks.push(...collector.push(id))
      taken++
    }
    const facts = { promptTokens: 1, cachedTokens: 0, seed: 1, timings: noTimings }
    chunks.push(...collector.finish(collector.isStopped ? 'stop' : 'length', facts))
    const text = (field: 'content' | 'reasoning') =>
      chunks.map(({ choices: [{ delta }] }) => delta[field] ?? '').join('')
    return {
      content: text('content'),
      reasoning: text('reasoning'),
      finish: chunks.at(-1)?.choices[0].finish_reason,
      leftOver: ids.length - taken,
    }
  }
  const noTimings = {
    firstTokenMs: 0,
    prefillMs: 0,
    decodeMs: 0,
    prefillTokensPerSecond: 0,
    decodeTokensPerSecond: 0,
  }
  const encode = (text: string): number[] =>
    text.split(/(<\|\w+\|>)/).flatMap((part) => tokenizer.specialId(part) ?? tokenizer.encode(part))
  const final = (text: string) => encode(`<|channel|>final<|message|>${text}`)

  it('ends in the final channel alone: reasoning may have them', () => {
    const ids = encode(
      '<|channel|>analysis<|message|>Say END.<|end|><|start|>assistant<|channel|>final<|message|>So END of it',
    )
    expect(collect(ids, ['END'])).toMatchObject({
      reasoning: 'Say END.',
      content: 'So ',
      finish: 'stop',
    })
  })

  it('ends where a stop string is spread over many tokens, and takes no token more', () => {
    const ids = final('one two three four five')
    expect(ids.length).toBeGreaterThan(6)
    expect(collect(ids, ['two three four'])).toEqual({
      content: 'one ',
      reasoning: '',
      finish: 'stop',
      leftOver: 1,
    })
  })

  it('ends at a character whose bytes come in several tokens, and not at its like', () => {
    const [melting, dotted] = ['\u{1FAE0}', '\u{1FAE5}']
    expect(tokenizer.encode(melting).length).toBeGreaterThan(1)
    expect(collect(final(`a${dotted}b${melting}c`), [melting])).toMatchObject({
      content: `a${dotted}b`,
      finish: 'stop',
    })
  })

  it('gives at its end what only began like a stop string', () => {
    expect(collect(final('to be EN'), ['ENDING'])).toMatchObject({
      content: 'to be EN',
      finish: 'length',
    })
  })
})
