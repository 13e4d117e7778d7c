import { EngineError } from '../engine/errors'

/**
 * Whether a policy's `connect-src` lets a request out: the part of CSP's matching that this app
 * writes, which is `'self'`, `'none'`, origins, and origins whose host begins with `*.`.
 * @param origin what `'self'` stands for
 */
export function allows(sources: readonly string[], address: string, origin: string): boolean {
  const url = URL.parse(address)
  if (url === null) return false
  return sources.some((source) => {
    if (source === "'self'") return url.origin === origin
    const [scheme, host = ''] = source.split('://')
    if (!host.startsWith('*.')) return url.origin === source
    return url.protocol === `${scheme}:` && url.port === '' && url.hostname.endsWith(host.slice(1))
  })
}

/**
 * The same `fetch`, which says at once where the policy forbids the request: the browser itself only
 * says that it failed, as it does without a network.
 */
export function withinPolicy(
  fetch: typeof globalThis.fetch,
  sources: readonly string[],
  origin: string,
): typeof globalThis.fetch {
  return async (request, init) => {
    const { href } = new URL(request instanceof Request ? request.url : request, `${origin}/`)
    if (allows(sources, href, origin)) return fetch(request, init)
    throw new EngineError({ code: 'host-not-allowed', origin: new URL(href).origin })
  }
}
