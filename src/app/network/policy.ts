import { isSealedAddress } from '../../network/sealed'

/** Whether this page is sealed: its policy lets no request out. */
export const isSealed: boolean = 'document' in globalThis && isSealedAddress(location.href)

/** The `connect-src` of this page's policy, which public/policy.js has set for as long as it lives. */
export function connectSources(): readonly string[] {
  const policy = document.querySelector<HTMLMetaElement>('#connect-policy')
  return policy?.content.split('connect-src ')[1]?.split(' ') ?? []
}
