/** The address if following it can do no harm: a page or a mailbox, and nothing that runs. */
export function safeAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const { protocol, href } = new URL(address)
  return ['http:', 'https:', 'mailto:'].includes(protocol) ? href : undefined
}

/**
 * Where a safe address leads, as short as can be trusted: a host, whose letters of other scripts are
 * written in ASCII so that none passes for another, or a mailbox.
 */
export function targetOf(address: string): string {
  const { protocol, host, pathname } = new URL(address)
  return protocol === 'mailto:' ? pathname : host.replace(/^www\./, '')
}

/** Whether a link's text says itself where it leads, and nothing else. */
export function namesTarget(text: string, address: string): boolean {
  const said = text.trim().replace(/^(https?:\/\/|mailto:)?(www\.)?/i, '')
  const target = targetOf(address)
  if (!said.toLowerCase().startsWith(target.toLowerCase())) return false
  const rest = said.slice(target.length)
  return rest === '' || /^[/?#][\x21-\x7e]*$/.test(rest)
}

/** Whether characters that nobody sees turn round, join or part what is shown. */
export const hasHidden = (text: string): boolean =>
  /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/.test(text)

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  times: '×',
  middot: '·',
  deg: '°',
}

/** The signs that HTML writes as `&amp;`, `&#39;` or `&#x27;`; what it does not know stays. */
export function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi,
    (whole, decimal, hex, name) => {
      if (name) return Object.hasOwn(entities, name) ? (entities[name] ?? whole) : whole
      const code = Number.parseInt(decimal ?? hex, decimal ? 10 : 16)
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )
}
