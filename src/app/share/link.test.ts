import { expect, it } from 'vitest'
import { isSealedAddress } from '../../network/sealed'
import { previewHref } from './link'

it.each([true, false])('is looked at in a page that is sealed as this one is: %s', (isSealed) => {
  const { href, hash } = new URL(previewHref('AbC-_', isSealed), 'https://alcove.example/app/?x#/c')
  expect(isSealedAddress(href)).toBe(isSealed)
  expect(hash).toBe('#/s/AbC-_')
})
