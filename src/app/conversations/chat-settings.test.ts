import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatStops,
  instructionsLengthMax,
  parseSettings,
  parseStops,
  type Sampling,
  settingsRecord,
} from './chat-settings'

const parse = (record: Record<string, unknown>) => parseSettings(record, 'a chat')

describe('settings of a chat', () => {
  const sampling: Sampling = {
    temperature: 0.7,
    top_p: 0.9,
    top_k: 40,
    min_p: 0.05,
    repetition_penalty: 1.1,
    seed: 0,
    max_tokens: 200,
    stop: ['END', '\n\n'],
  }

  it('come back from their record', () => {
    const settings = { instructions: 'Be brief.', sampling }
    expect(parse(JSON.parse(JSON.stringify(settingsRecord(settings))))).toEqual(settings)
  })

  it('leave nothing in the record where nothing is set', () => {
    expect(settingsRecord({ instructions: ' \n', sampling: {} })).toEqual({})
    expect(parse({})).toEqual({})
    expect(parse({ instructions: undefined, sampling: undefined })).toEqual({})
  })

  it.each([
    { temperature: 2.1 },
    { temperature: -0.1 },
    { temperature: '1' },
    { temperature: Number.NaN },
    { top_p: 0 },
    { top_k: 1.5 },
    { min_p: 2 },
    { repetition_penalty: 0 },
    { seed: 2 ** 32 },
    { seed: -1 },
    { max_tokens: 0 },
    { stop: 'END' },
    { stop: [''] },
    { stop: [7] },
    { stop: ['x'.repeat(201)] },
    { mood: 1 },
  ])('are read without what makes no sense: %o', (wrong) => {
    expect(parse({ sampling: { ...wrong, top_k: wrong.top_k ?? 5 } })).toEqual(
      wrong.top_k === undefined ? { sampling: { top_k: 5 } } : {},
    )
  })

  it('keep four stop strings at most', () => {
    const stop = ['a', 'b', 'c', 'd', 'e']
    expect(parse({ sampling: { stop } }).sampling?.stop).toEqual(['a', 'b', 'c', 'd'])
  })

  it.each([
    { instructions: 7, reason: 'a chat’s instructions is not text' },
    { instructions: 'x'.repeat(instructionsLengthMax + 1), reason: 'is longer than 100,000' },
  ])('are refused: $reason', ({ instructions, reason }) => {
    expect(() => parse({ instructions })).toThrow(reason)
  })
})

describe('stop strings as a person writes them', () => {
  it('are one a line, with signs for what a line cannot hold', () => {
    expect(parseStops('END\n\n\\n\\n\n\\\\n')).toEqual(['END', '\n\n', '\\n'])
    expect(formatStops(['END', '\n\n', '\\n'])).toBe('END\n\\n\\n\n\\\\n')
  })

  it('are read as they were written, whatever they are', () => {
    const stop = fc.string({
      unit: fc.constantFrom('a', '\\', 'n', '\n', '\t', ' ', '🫠'),
      minLength: 1,
    })
    fc.assert(
      fc.property(fc.array(stop, { maxLength: 4 }), (stops) => {
        expect(parseStops(formatStops(stops))).toEqual(stops)
      }),
    )
  })
})
