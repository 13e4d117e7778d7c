import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { hostFiles, policyText, rules } from './headers.mjs'

it.each(Object.entries(hostFiles))('%s is what `node tools/headers.mjs` writes', (path, text) => {
  expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(text)
})

it('every host sends every header', () => {
  for (const [path, text] of Object.entries(hostFiles))
    for (const { headers } of rules)
      for (const [name, value] of Object.entries(headers)) {
        // What Netlify and Cloudflare do unasked.
        if (value === 'no-cache' && path === 'public/_headers') continue
        expect(text, path).toContain(name)
        expect(text, path).toContain(value)
      }
})

it('no value needs quoting where it stands between double quotes', () => {
  expect(policyText).not.toMatch(/["\n]/)
})
