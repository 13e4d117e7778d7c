/** What a token in flight costs is only what an abort comes later by, and a place to read it from. */
export const mostTokensInFlight = 4
const fewestTokensInFlight = 2

/**
 * From the end of a token's work on the GPU until the host has read it and submitted another, at most.
 * Chromium looks for finished work every 2 ms and takes 2.5 to 2.9 ms (design study, section 2.2); the
 * rest is for a host that has other things to do.
 */
const readbackMs = 6

/** How much the newest interval counts. */
const freshShare = 0.2

/** How many tokens to keep in flight. */
export interface DecodePace {
  tokensInFlight(): number
  /** Decoding begins: the next token does not follow the last one. */
  begin(): void
  /** A token was read. */
  tokenRead(nowMs: number): void
}

/**
 * Keeps as many tokens in flight as the GPU needs to have work while one of them is read: two where a
 * token takes longer than reading it, more on a device that is faster than that.
 */
export function createDecodePace(): DecodePace {
  /** Between two tokens, on average. */
  let intervalMs = Number.POSITIVE_INFINITY
  let lastMs: number | undefined
  return {
    tokensInFlight: () =>
      Math.max(
        fewestTokensInFlight,
        Math.min(mostTokensInFlight, 1 + Math.ceil(readbackMs / intervalMs)),
      ),
    begin() {
      lastMs = undefined
    },
    tokenRead(nowMs) {
      if (lastMs !== undefined) {
        const elapsedMs = nowMs - lastMs
        intervalMs = Number.isFinite(intervalMs)
          ? intervalMs + freshShare * (elapsedMs - intervalMs)
          : elapsedMs
      }
      lastMs = nowMs
    },
  }
}
