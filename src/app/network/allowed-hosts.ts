/** Where public/policy.js finds them before the page is there. */
const key = 'alcove-hosts'

/** Hubs send the asker on to other hosts for what is large. */
const companions: Readonly<Record<string, readonly string[]>> = {
  'https://huggingface.co': ['https://*.hf.co', 'https://*.huggingface.co'],
  'https://hf-mirror.com': ['https://*.hf.co', 'https://*.huggingface.co'],
}

/** The origins that the person lets this page talk to, besides its own. */
export function allowedHosts(storage: Pick<Storage, 'getItem'> = localStorage): readonly string[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter((host) => typeof host === 'string') : []
  } catch {
    return []
  }
}

/**
 * Lets this page talk to an origin from its next opening on: a policy cannot be widened.
 * @throws DOMException where the browser keeps nothing
 */
export function allowHost(
  origin: string,
  storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage,
): void {
  const hosts = new Set([...allowedHosts(storage), origin, ...(companions[origin] ?? [])])
  storage.setItem(key, JSON.stringify([...hosts]))
}

/** Takes an origin back, and where it alone sends the asker on to. */
export function forbidHost(
  origin: string,
  storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage,
): void {
  const others = allowedHosts(storage).filter((host) => host !== origin)
  const needed = new Set(others.flatMap((host) => companions[host] ?? []))
  const gone = (companions[origin] ?? []).filter((host) => !needed.has(host))
  storage.setItem(key, JSON.stringify(others.filter((host) => !gone.includes(host))))
}
