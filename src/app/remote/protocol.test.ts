import fc from 'fast-check'
import { expect, it } from 'vitest'
import { errorMessage, parseModels, parsePiece } from './protocol'

/** JSON of any kind, often with the fields that are looked at. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.jsonValue({ maxDepth: 1 }),
    tie('record'),
    fc.array(tie('value')),
  ),
  record: fc.dictionary(
    fc.constantFrom(
      ...['choices', 'delta', 'message', 'content', 'reasoning', 'tool_calls', 'function'],
      ...['arguments', 'usage', 'prompt_tokens', 'error', 'detail', 'data', 'id', '__proto__'],
    ),
    tie('value'),
  ),
})).value

it('takes text and counts from anything that a server may send, and nothing else', () => {
  fc.assert(
    fc.property(anything, (value) => {
      const piece = parsePiece(value)
      const { content = '', reasoning = '', tool_calls: calls = [] } = piece?.delta ?? {}
      const texts = calls.flatMap(({ id, function: { name, arguments: written } }) => [
        id ?? '',
        name ?? '',
        written ?? '',
      ])
      for (const text of [content, reasoning, ...texts, ...(parseModels(value) ?? [])])
        expect(text).toBeTypeOf('string')
      for (const count of Object.values(piece?.usage ?? {})) expect(count).toBeGreaterThanOrEqual(0)
      expect(errorMessage(value).length).toBeLessThanOrEqual(300)
    }),
  )
})
