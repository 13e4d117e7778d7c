/**
 * What a page tells the service worker. Each is posted with a port, and answered there, unless it
 * says otherwise. Pages and workers may be of different versions: whoever does not know a message
 * leaves it alone.
 */
export type PageMessage =
  /** A page runs; `script` is the address of its entry, by which its version is known. */
  | { type: 'started'; script: string }
  /**
   * A page does not come up. Sent by public/start-guard.js; answered where another version would take
   * its place.
   */
  | { type: 'not-started'; script: string }
  /** Take over from the version that runs now. Sent to a worker that waits, and not answered. */
  | { type: 'take-over' }
  /** Load the version that did not start once more, from the next page on. */
  | { type: 'try-again' }
  /** What is the page made of? Answered with `KeptFile[]`. */
  | { type: 'list-files' }

/** A file of the version that answers now, as it is kept. */
export interface KeptFile {
  /** Relative to the app's folder. */
  path: string
  /** In lower-case hexadecimal. */
  sha256: string
}

/** The answer to each of the others. */
export interface WorkerAnswer {
  /** Hash over the files that the next page is made of. */
  version: string
  /** Whether they are those of an earlier version, because the latest did not start. */
  isRolledBack: boolean
}
