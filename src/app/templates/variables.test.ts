import { describe, expect, it } from 'vitest'
import { fillIn, variablesOf } from './variables'

describe('the variables of a template', () => {
  it.each([
    { text: 'Hello', names: [] },
    { text: '{{text}}', names: ['text'] },
    { text: 'From {{ source language }} to {{target}}.', names: ['source language', 'target'] },
    { text: '{{b}} {{a}} {{ b }}', names: ['b', 'a'] },
    { text: '{{Größe}} {{हिन्दी}} {{語}}', names: ['Größe', 'हिन्दी', '語'] },
    { text: '{{{deep}}} and {{outer {{inner}} }}', names: ['deep', 'inner'] },
    { text: '{{}} {{ }} {one} {{two} {three}}', names: [] },
    { text: "<p style={{ color: 'red' }}> {{a.b}} {{line\nbreak}}", names: [] },
    { text: `{{${'x'.repeat(61)}}}`, names: [] },
    { text: '{{constructor}} {{__proto__}}', names: ['constructor'] },
  ])('of $text are $names', ({ text, names }) => {
    expect(variablesOf(text)).toEqual(names)
  })
})

describe('a template that is filled in', () => {
  it('has each value wherever its variable stands', () => {
    const values = new Map([
      ['who', 'Ada'],
      ['what', 'a sum'],
    ])
    expect(fillIn('{{who}} asks {{ what }}, and {{{who}}} waits', values)).toBe(
      'Ada asks a sum, and {Ada} waits',
    )
  })

  it('takes values for what they are, not for patterns or variables', () => {
    const values = new Map([
      ['a', '{{b}} $& $1'],
      ['b', 'never'],
    ])
    expect(fillIn('{{a}}', values)).toBe('{{b}} $& $1')
  })

  it('keeps what has no value, to be filled in by hand', () => {
    expect(fillIn('{{a}} {{b}}', new Map([['a', '']]))).toBe('{{a}} {{b}}')
  })
})
