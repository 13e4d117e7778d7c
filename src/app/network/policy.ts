import { isSealedAddress } from '../../network/sealed'

/** Whether this page is sealed: its policy lets no request out. */
export const isSealed: boolean = 'document' in globalThis && isSealedAddress(location.href)

const policyTag = () => document.querySelector<HTMLMetaElement>('#connect-policy')

/**
 * Has the page start under its policy or not at all.
 * @throws where public/policy.js did not run, as where a host left it out
 */
export function requirePolicy(): void {
  if (policyTag() === null)
    throw new Error(
      'Without policy.js nothing would limit whom this page talks to: it does not start.',
    )
}

/** The `connect-src` of this page's policy, which public/policy.js has set for as long as it lives. */
export function connectSources(): readonly string[] {
  return policyTag()?.content.split('connect-src ')[1]?.split(' ') ?? []
}
