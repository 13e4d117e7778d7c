/** What a server of the user's, or the way to it, can do to an answer. */
export type RemoteErrorData =
  /**
   * No answer that this page may read: not running, not reachable, not allowed for pages of this
   * origin, or redirecting. A browser does not tell a page which.
   */
  | { code: 'remote-unreachable'; host: string; pageOrigin: string }
  /** Likewise, where a browser lets an encrypted page ask only encrypted servers or its own machine. */
  | { code: 'remote-mixed-content'; host: string }
  | { code: 'remote-unauthorized'; host: string; status: number; hasKey: boolean; message: string }
  /** No such path, or no such model. */
  | { code: 'remote-not-found'; host: string; url: string; model: string; message: string }
  | { code: 'remote-overloaded'; host: string; message: string }
  | { code: 'remote-status'; host: string; status: number; message: string }
  /** The server reported an error of its own amid the answer. */
  | { code: 'remote-failed'; host: string; message: string }
  | { code: 'remote-stalled'; host: string; silentMs: number }
  | { code: 'remote-malformed'; host: string; problem: MalformedProblem; excerpt: string }
  /** The connection ended before the answer did. */
  | { code: 'remote-cut-off'; host: string }
  /** The conversation's server is not among those of this browser. */
  | { code: 'remote-missing'; name: string }

/** What was wrong with what came: a web page, other text than the protocol's, or no end of it. */
export type MalformedProblem = 'web-page' | 'not-protocol' | 'too-long'

export class RemoteError extends Error {
  readonly data: RemoteErrorData

  constructor(data: RemoteErrorData) {
    super(`${data.code} ${JSON.stringify(data)}`)
    this.name = 'RemoteError'
    this.data = data
  }
}
