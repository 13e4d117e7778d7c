import { expect, it } from 'vitest'
import { isSealedAddress, sealedMark } from './sealed'

it.each([
  ['https://alcove.example/?sealed', true],
  ['https://alcove.example/app/?shared&sealed=#/c/1', true],
  [`blob:https://alcove.example/6a1f${sealedMark}`, true],
  ['https://alcove.example/', false],
  ['https://alcove.example/#sealed', false],
  ['https://alcove.example/?unsealed', false],
  ['blob:https://alcove.example/6a1f', false],
])('%s: %s', (address, expected) => {
  expect(isSealedAddress(address)).toBe(expected)
})
