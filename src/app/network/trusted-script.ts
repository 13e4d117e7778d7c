/** Browsers that know Trusted Types run a script by its address only if a policy has let it through. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ): { createScriptURL(address: string): string }
}

const rules = {
  /** @throws TypeError for what is not of this origin; a blob is of the origin that made it */
  createScriptURL(address: string): string {
    const { origin, href } = new URL(address, document.baseURI)
    if (origin !== location.origin) throw new TypeError(`${href} is no script of this app`)
    return href
  },
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
const policy = trustedTypes?.createPolicy('alcove', rules) ?? rules

/** The address of a script of this app, as what starts it wants it. */
export const trustedScript = (address: string): string => policy.createScriptURL(address)
