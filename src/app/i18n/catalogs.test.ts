import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'
import { describe, expect, it } from 'vitest'
import { ar } from './ar'
import { de } from './de'
import { en } from './en'

/** A call of `t` in the code. */
interface TextCall {
  /** File and line. */
  at: string
  /** Undefined where the text is no literal. */
  text: string | undefined
  /** Names of the values given with it; undefined where they are not written in place. */
  values: readonly string[] | undefined
  /** Whether it is made once for all, when its module is loaded. */
  isEager: boolean
}

interface Node {
  type: string
  start: number
  [key: string]: unknown
}

const app = join(import.meta.dirname, '..')
const files = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && file !== join('i18n', 't.ts'),
)
const calls = files.flatMap((file) => callsIn(file, readFileSync(join(app, file), 'utf8')))
const texts = [...new Set(calls.flatMap(({ text }) => text ?? []))]
const isCounted = (text: string) => variablesOf(text).includes('count')

describe('the texts in the code', () => {
  it('are literals, so that they can be found', () => {
    expect(calls.filter(({ text }) => text === undefined).map(({ at }) => at)).toEqual([])
  })

  it('are looked up when they are shown, in the language of that moment', () => {
    expect(calls.filter(({ isEager }) => isEager).map(({ at, text }) => `${at} ${text}`)).toEqual(
      [],
    )
  })

  it('are given the values that they name', () => {
    const wrong = calls.filter(
      ({ text, values }) =>
        text !== undefined &&
        values !== undefined &&
        String(values.toSorted()) !== String(variablesOf(text)),
    )
    expect(wrong.map(({ at, text, values }) => ({ at, text, values }))).toEqual([])
  })
})

describe.each([
  { language: 'en', catalog: en, translated: texts.filter(isCounted) },
  { language: 'de', catalog: de, translated: texts },
  { language: 'ar', catalog: ar, translated: texts },
])('the catalog $language', ({ language, catalog, translated }) => {
  const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
  const keysOf = (text: string) =>
    isCounted(text) ? pluralCategories.map((category) => `${text}_${category}`) : [text]

  it('has every text, in all plural forms of its language, and no other', () => {
    const keys = translated.flatMap(keysOf)
    const missing = keys.filter((key) => !Object.hasOwn(catalog, key))
    const unused = Object.keys(catalog).filter((key) => !keys.includes(key))
    expect({ missing, unused }).toEqual({ missing: [], unused: [] })
  })

  it('names the same values as the English text', () => {
    const wrong = translated.flatMap((text) =>
      keysOf(text).filter((key) => {
        const found = variablesOf(catalog[key] ?? text)
        // "One message" needs no figure.
        const mayLackCount = isCounted(text) && found.length === variablesOf(text).length - 1
        const wanted = variablesOf(text).filter((name) => !(mayLackCount && name === 'count'))
        return String(found) !== String(wanted)
      }),
    )
    expect(wrong).toEqual([])
  })

  it('marks the same words', () => {
    const marksOf = (text: string) => String((text.match(/<\/?\w+>/g) ?? []).toSorted())
    const wrong = translated.flatMap((text) =>
      keysOf(text).filter((key) => marksOf(catalog[key] ?? text) !== marksOf(text)),
    )
    expect(wrong).toEqual([])
  })
})

/** The `{{variables}}` of a text, each once and sorted. */
function variablesOf(text: string): string[] {
  return [
    ...new Set(Array.from(text.matchAll(/\{\{(\w+)\}\}/g), ([, name]) => String(name))),
  ].sort()
}

/** Every call of `t` in a file. */
function callsIn(file: string, source: string): TextCall[] {
  const { program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const found: TextCall[] = []

  function visit(value: unknown, isEager: boolean) {
    if (Array.isArray(value)) for (const item of value) visit(item, isEager)
    if (!isNode(value)) return
    if (value.type === 'CallExpression' && isNamed(value.callee, 't')) {
      const [text, values] = value.arguments as Node[]
      found.push({
        at: `${file}:${source.slice(0, value.start).split('\n').length}`,
        text: text?.type === 'Literal' && typeof text.value === 'string' ? text.value : undefined,
        values: values === undefined ? [] : keysOf(values),
        isEager,
      })
    }
    const isFunction = /Function/.test(value.type)
    for (const child of Object.values(value)) visit(child, isEager && !isFunction)
  }
  visit(program, true)
  return found
}

function keysOf({ type, properties }: Node): string[] | undefined {
  if (type !== 'ObjectExpression') return undefined
  return (properties as Node[]).map(({ key }) => String((key as Node | undefined)?.name))
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function isNamed(value: unknown, name: string): boolean {
  return isNode(value) && value.type === 'Identifier' && value.name === name
}
