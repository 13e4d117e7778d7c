import { expect, it, vi } from 'vitest'
import { connectSources, requirePolicy } from './policy'

/** A page on which public/policy.js has left this. */
const stubPage = (policy: { content: string } | null) =>
  vi.stubGlobal('document', {
    querySelector: (selector: string) => (selector === '#connect-policy' ? policy : null),
  })

it('a page starts under its policy or not at all', () => {
  stubPage({ content: "default-src 'self'; connect-src 'self' https://huggingface.co" })
  requirePolicy()
  expect(connectSources()).toEqual(["'self'", 'https://huggingface.co'])
  stubPage(null)
  expect(requirePolicy).toThrow('policy.js')
  expect(connectSources()).toEqual([])
})
