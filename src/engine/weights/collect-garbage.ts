/** More than any browser gives to one ArrayBuffer, and little enough for Chromium to try. */
const UNOBTAINABLE_BYTES = 2 ** 34

/**
 * Has Chromium collect garbage, which takes it a quarter of a second; elsewhere it does nothing.
 *
 * A Blob cannot be released, and weighs nothing to the garbage collector: those that were stored
 * would stay in memory, in that of the browser too, until something else is short of it. V8 collects
 * before it refuses an allocation, so one is asked for that it must refuse.
 */
export function collectGarbage(): void {
  try {
    new ArrayBuffer(UNOBTAINABLE_BYTES)
  } catch {
    // Refused, as is meant.
  }
}
