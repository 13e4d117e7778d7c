import type { NetworkRecord } from '../../network/records'
import type { KeptFile } from '../../service-worker/messages'

/** Requests that differ in nothing but their time. */
export interface LedgerLine extends NetworkRecord {
  count: number
  /** When the last of them began, in milliseconds since 1970. */
  lastAt: number
}

/** Without the attempts that a browser times although it has blocked them. */
function withoutBlocked(records: readonly NetworkRecord[]): NetworkRecord[] {
  const blocked = new Set(
    records.filter(({ outcome }) => outcome === 'blocked').map(({ url }) => url),
  )
  // Of a frame the rule tells the origin alone.
  const isBlocked = (url: string) => blocked.has(url) || blocked.has(url.replace(/\/$/, ''))
  return records.filter(({ outcome, url }) => outcome !== 'no answer' || !isBlocked(url))
}

/** Equal requests as one line, such as the many ranges of a large file; the newest first. */
export function linesOf(records: readonly NetworkRecord[]): LedgerLine[] {
  const lines = new Map<string, LedgerLine>()
  for (const record of withoutBlocked(records)) {
    const key = [record.by, record.kind, record.outcome, record.url].join(' ')
    const line = lines.get(key)
    if (!line) {
      lines.set(key, { ...record, count: 1, lastAt: record.at })
      continue
    }
    line.count++
    line.lastAt = record.at
    if (record.bytes !== undefined) line.bytes = (line.bytes ?? 0) + record.bytes
  }
  return [...lines.values()].sort((a, b) => b.lastAt - a.lastAt)
}

export interface LedgerSummary {
  /** Requests that went over the network, whether or not an answer came. */
  sent: number
  /** Attempts that were ended. */
  blocked: number
  /** Where those that went over the network led, the page's own server apart. */
  strangers: readonly string[]
}

/** @param origin the page's own */
export function summaryOf(records: readonly NetworkRecord[], origin: string): LedgerSummary {
  const sent = withoutBlocked(records).filter(
    ({ outcome }) => outcome === 'network' || outcome === 'no answer',
  )
  const origins = new Set(sent.map(({ url }) => new URL(url).origin))
  origins.delete(origin)
  return {
    sent: sent.length,
    blocked: records.filter(({ outcome }) => outcome === 'blocked').length,
    strangers: [...origins].map((origin) => new URL(origin).host),
  }
}

/** What answers and what it runs on, by hashes that others can compare with theirs. */
export interface Identity {
  /** The page's files, as the service worker keeps them; empty where there is none. */
  files: readonly KeptFile[]
  /** One hash for all of them. */
  build: string | undefined
  model: string | undefined
  weights: string | undefined
}

/**
 * SHA-256 of a text that has for each file a line as `sha256sum` writes it: hash, two spaces, path.
 * @returns undefined for no files
 */
export async function buildHash(files: readonly KeptFile[]): Promise<string | undefined> {
  if (files.length === 0) return undefined
  const text = files.map(({ sha256, path }) => `${sha256}  ${path}\n`).join('')
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The ledger as JSON, for others to read and for programs. */
export function ledgerJson(
  page: { address: string; openedAt: number; isSealed: boolean; connectSources: readonly string[] },
  identity: Identity,
  records: readonly NetworkRecord[],
): string {
  return `${JSON.stringify({ format: 'alcove-network', version: 1, ...page, ...identity, records }, null, 2)}\n`
}
