/** One request, or an attempt at one that did not get out. */
export interface NetworkRecord {
  /** When it began, in milliseconds since 1970. */
  at: number
  by: 'page' | 'worker' | 'service worker'
  /** What asked for it, as the browser calls it (`fetch`, `script`, `img`); of a blocked one, the rule. */
  kind: string
  /** Where to; of what was blocked sometimes only the origin, or a word, is known. */
  url: string
  /** A request that the service worker answers may have made it ask in turn: that is a record of its own. */
  outcome: 'network' | 'no answer' | 'browser cache' | 'service worker' | 'blocked'
  /** Received over the network, headers included; unknown where another server does not disclose it. */
  bytes?: number
}

/**
 * The BroadcastChannel on which a service worker tells its pages of the requests that it makes and
 * refuses.
 * @param scope the part of the origin that is its own
 */
export const serviceWorkerChannel = (scope: string) => `alcove-network ${scope}`

type Timing = Pick<
  PerformanceResourceTiming,
  | 'name'
  | 'startTime'
  | 'initiatorType'
  | 'workerStart'
  | 'transferSize'
  | 'encodedBodySize'
  | 'responseStatus'
>

/**
 * The record of a request that the browser has timed; undefined for what is no request, such as a
 * blob's.
 * @param timeOrigin when the clock of `startTime` began, in milliseconds since 1970
 */
export function recordOf(
  timing: Timing,
  by: NetworkRecord['by'],
  timeOrigin: number,
): NetworkRecord | undefined {
  const { name: url, startTime, initiatorType, workerStart } = timing
  const { transferSize, encodedBodySize, responseStatus } = timing
  if (!/^https?:/.test(url)) return undefined
  const isCached = transferSize === 0 && encodedBodySize > 0
  // Of another server's answers that a page may not read, a browser tells as little.
  const isUnanswered = transferSize === 0 && responseStatus === 0
  const reached = isUnanswered ? 'no answer' : isCached ? 'browser cache' : 'network'
  const outcome = workerStart > 0 ? 'service worker' : reached
  return {
    at: Math.round(timeOrigin + startTime),
    by,
    kind: initiatorType,
    url,
    outcome,
    ...(outcome === 'network' && transferSize > 0 && { bytes: transferSize }),
  }
}

/** The record of an attempt that the policy ended. */
export function blockedRecord(
  {
    effectiveDirective,
    blockedURI,
  }: Pick<SecurityPolicyViolationEvent, 'effectiveDirective' | 'blockedURI'>,
  by: NetworkRecord['by'],
): NetworkRecord {
  return { at: Date.now(), by, kind: effectiveDirective, url: blockedURI, outcome: 'blocked' }
}

/** Tells of every request made here from the beginning on, and of every attempt that the policy ends. */
export function watchRequests(by: NetworkRecord['by'], tell: (record: NetworkRecord) => void) {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const record = recordOf(entry as PerformanceResourceTiming, by, performance.timeOrigin)
      if (record) tell(record)
    }
  })
  observer.observe({ type: 'resource', buffered: true })
  // The page itself; workers have no such entry.
  observer.observe({ type: 'navigation', buffered: true })
  globalThis.addEventListener('securitypolicyviolation', (event) =>
    tell(blockedRecord(event as SecurityPolicyViolationEvent, by)),
  )
}
