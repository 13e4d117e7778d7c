import { expect, it } from 'vitest'
import { isWithin } from './seal'

const page = 'https://alcove.example/app/?sealed#/c/1'

it.each([
  ['https://alcove.example/app/?sealed#/models', true],
  ['https://alcove.example/app/#/models', true],
  ['https://alcove.example/app/?shared&sealed=', true],
  ['blob:https://alcove.example/6a1f', true],
  ['blob:https://evil.example/6a1f', false],
  ['https://alcove.example/app/?secret', false],
  ['https://alcove.example/app/?sealed&secret', false],
  ['https://alcove.example/?sealed', false],
  ['https://alcove.example/app/secret?sealed', false],
  ['https://evil.example/app/?sealed', false],
  ['mailto:somebody@evil.example?body=secret', false],
  ['no address', false],
])('%s is within the page: %s', (address, expected) => {
  expect(isWithin(address, page)).toBe(expected)
})
