/** How far a transfer was at one moment. */
export interface Sample {
  /** On a clock that only runs forward, in milliseconds. */
  atMs: number
  bytes: number
}

/** A rate is an average over this long: short enough to follow the line, long enough to be read. */
const windowMs = 8_000
/** Samples nearer than this to the one before replace it, so that a window has few of them. */
const spacingMs = 250

/** The samples of the window with one more, oldest first. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const [beforeLast, last] = samples.slice(-2)
  const isCrowded = beforeLast && last && last.atMs - beforeLast.atMs < spacingMs
  const kept = isCrowded ? samples.slice(0, -1) : samples
  // One sample before the window stays: the average begins there.
  const begin = kept.findLastIndex(({ atMs }) => sample.atMs - atMs >= windowMs)
  return [...kept.slice(Math.max(begin, 0)), sample]
}

/**
 * Bytes a second over the window that ends now; it sinks while nothing arrives. Undefined until a
 * second has been watched: a rate of less would jump about.
 */
export function rateAt(samples: readonly Sample[], nowMs: number): number | undefined {
  const [first] = samples
  const last = samples.at(-1)
  if (!first || !last || nowMs - first.atMs < 1000) return undefined
  return ((last.bytes - first.bytes) * 1000) / (nowMs - first.atMs)
}

/** Milliseconds until `totalBytes` are there at this rate; undefined while nothing arrives. */
export function timeLeftMs(
  samples: readonly Sample[],
  totalBytes: number,
  nowMs: number,
): number | undefined {
  const rate = rateAt(samples, nowMs)
  const last = samples.at(-1)
  if (!rate || !last) return undefined
  return Math.max(0, ((totalBytes - last.bytes) * 1000) / rate)
}
