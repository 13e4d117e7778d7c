import { describe, expect, it } from 'vitest'
import { builtInTemplates, matchingTemplates, outlineOf } from './built-in'
import { variablesOf } from './variables'

describe('built-in templates', () => {
  it('have their variables in them, and an id and a name of their own', () => {
    const templates = builtInTemplates()
    const translate = templates.find(({ id }) => id === 'translate')
    expect(translate?.text).toBe(
      'Translate the following text into {{language}}. Keep its tone.\n\n{{text}}',
    )
    for (const { text } of templates) expect(variablesOf(text).length).toBeGreaterThan(0)
    expect(new Set(templates.map(({ id }) => id)).size).toBe(templates.length)
    expect(new Set(templates.map(({ name }) => name)).size).toBe(templates.length)
  })
})

describe('templates for what is typed', () => {
  const templates = ['Explain code', 'Explain simply', 'Translate'].map((name) => ({
    id: name,
    name,
    text: 'First line\nsecond',
  }))
  const names = (query: string) => matchingTemplates(templates, query).map(({ name }) => name)

  it.each([
    { query: '', found: ['Explain code', 'Explain simply', 'Translate'] },
    { query: 'EXPL', found: ['Explain code', 'Explain simply'] },
    { query: 'explain s', found: ['Explain simply'] },
    { query: 'code', found: ['Explain code'] },
    { query: 'ode', found: [] },
    { query: 'etc/passwd', found: [] },
  ])('$query are $found', ({ query, found }) => {
    expect(names(query)).toEqual(found)
  })

  it('are outlined by their variables, or how they begin', () => {
    expect(outlineOf({ id: 'a', name: 'a', text: 'Say {{one}} and {{two}}' })).toBe('one, two')
    expect(templates.map(outlineOf)[0]).toBe('First line')
  })
})
