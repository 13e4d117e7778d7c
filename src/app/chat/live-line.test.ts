import { expect, it } from 'vitest'
import { liveLine } from './live-line'

it.each([
  ['', ''],
  ['The user wants', 'The user wants'],
  ['The user wants a sum. We need to', 'The user wants a sum.'],
  ['The user wants a sum.', 'The user wants a sum.'],
  ['First one. Second one. ', 'Second one.'],
  ['It is 3.14 or so. Then', 'It is 3.14 or so.'],
  ['Some words.\n\n**Adding the tens**\n\nWe', 'Adding the tens'],
  ['## A plan\nWe', 'A plan'],
  ['Do this:\n- look at `x`\n- then', 'look at x'],
  ['1. Count them\n2. ', 'Count them'],
  ['一加一等于二。然后', '一加一等于二。'],
  ['A sentence. \n\n---\n', 'A sentence.'],
])('of %j is %j', (reasoning, line) => {
  expect(liveLine(reasoning)).toBe(line)
})

it('is shortened between words', () => {
  const line = liveLine(`${'word '.repeat(60)}end. And`)
  expect(line).toMatch(/^word .* word…$/)
  expect(line.length).toBeLessThanOrEqual(120)
  expect(liveLine('x'.repeat(500))).toHaveLength(120)
})

it('takes no longer for long reasoning', () => {
  expect(liveLine(`${'Never mind this. '.repeat(100_000)}Mind this. And`)).toBe('Mind this.')
})
