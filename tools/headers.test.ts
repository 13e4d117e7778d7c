import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { appPages, hostFiles, policyText, rules } from './headers.mjs'

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

it('the app may not be framed, and what is there to be framed may', () => {
  const paths = ['/', '/some/path/', '/index.html', '/bench.html', '/embed.html', '/assets/a.js']
  expect(paths.filter((path) => appPages.test(path))).toEqual(paths.slice(0, 4))
  const { headers } = JSON.parse(hostFiles['public/vercel.json'])
  const denied = headers.filter((rule: object) => JSON.stringify(rule).includes('X-Frame-Options'))
  expect(denied.map(({ source }: { source: string }) => source)).toEqual([
    '/',
    '/index.html',
    '/bench.html',
  ])
  expect(hostFiles['public/_headers']).not.toContain('embed')
})
