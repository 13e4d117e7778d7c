/** Chromium 156 tries to allocate so much, and cannot. */
const UNOBTAINABLE_BYTES = 2 ** 34

/**
 * Has Chromium collect garbage, which took it a quarter of a second where it was measured
 * (bench/LOG.md); not tried in other browsers.
 *
 * A Blob cannot be released. Those that were stored stayed in memory, in that of the browser too,
 * without a collection that would end them. V8 collects before it refuses an allocation, so one is
 * asked for that it must refuse.
 */
export function collectGarbage(): void {
  try {
    new ArrayBuffer(UNOBTAINABLE_BYTES)
  } catch {
    // Refused, as is meant.
  }
}
