import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allowHost, forbidHost } from './allowed-hosts'

const script = readFileSync(join(import.meta.dirname, '../../../public/policy.js'), 'utf8')

function createStorage(kept: Record<string, string> = {}) {
  const items = new Map(Object.entries(kept))
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  }
}

/** What the script does to a page at an address: its policy, and where it sends it. */
function run(localStorage: unknown, href = 'https://alcove.example/#/models') {
  const policy = { httpEquiv: '', content: '' }
  let sentTo: string | undefined
  const location = {
    href,
    replace(address: URL) {
      sentTo = address.href
    },
  }
  const document = { createElement: () => policy, head: { append() {} } }
  const window = {}
  const names = ['localStorage', 'document', 'location', 'self', 'top']
  new Function(...names, script)(localStorage, document, location, window, window)
  expect(policy.httpEquiv).toBe('Content-Security-Policy')
  const [rest, connect] = policy.content.split('; ')
  expect(rest).toBe("default-src 'self' data: blob: 'wasm-unsafe-eval'")
  return { policy: connect, sentTo }
}

it('in a frame there is no app, but the view of what is shared that does nothing else', () => {
  const done: string[] = []
  const location = {
    href: 'https://alcove.example/some/path/?sealed#/s/abc',
    hash: '#/s/abc',
    replace: (address: URL) => done.push(address.href),
  }
  new Function('location', 'self', 'top', 'stop', script)(location, {}, {}, () => done.push('stop'))
  expect(done).toEqual(['stop', 'https://alcove.example/some/path/embed.html#/s/abc'])
})

describe('the policy that the page begins with', () => {
  it('lets it reach its own server, and the hosts that were chosen', () => {
    const storage = createStorage()
    expect(run(storage).policy).toBe("connect-src 'self'")
    allowHost('http://127.0.0.1:8080', storage)
    allowHost('http://[::1]:8080', storage)
    allowHost('https://huggingface.co', storage)
    expect(run(storage).policy).toBe(
      "connect-src 'self' http://127.0.0.1:8080 http://[::1]:8080 https://huggingface.co https://*.hf.co https://*.huggingface.co",
    )
    forbidHost('https://huggingface.co', storage)
    expect(run(storage).policy).toBe("connect-src 'self' http://127.0.0.1:8080 http://[::1]:8080")
  })

  it.each([
    '"https:"',
    '["https:", "*", "https://*", "http://a.example; script-src *", "https://a.example b", 7, null]',
    '{"length": 1}',
    'no JSON',
  ])('is strict where storage holds %s', (kept) => {
    expect(run(createStorage({ 'alcove-hosts': kept })).policy).toBe("connect-src 'self'")
  })

  it('is strict where nothing can be read', () => {
    expect(run(undefined).policy).toBe("connect-src 'self'")
  })

  it('lets a sealed page reach nobody', () => {
    const storage = createStorage()
    allowHost('https://huggingface.co', storage)
    expect(run(storage, 'https://alcove.example/?sealed').policy).toBe("connect-src 'none'")
    expect(run(storage, 'https://alcove.example/?a=b&sealed=#/c/1').policy).toBe(
      "connect-src 'none'",
    )
  })

  it('keeps a page sealed that was sealed before, wherever it opens', () => {
    const sealed = createStorage({ 'alcove-sealed': 'true' })
    expect(run(sealed)).toEqual({
      policy: "connect-src 'none'",
      sentTo: 'https://alcove.example/?sealed=#/models',
    })
    expect(run(sealed, 'https://alcove.example/?sealed=').sentTo).toBeUndefined()
  })
})
