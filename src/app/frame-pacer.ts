/** What a page has of time and processors. */
export interface PageClock {
  /** Processors that work side by side. */
  processors: number
  /** A clock in milliseconds that is never set back. */
  now: () => number
  setTimer: (ms: number, callback: () => void) => void
  /** Calls back before the next paint. */
  beforePaint: (callback: () => void) => void
  /** Calls back as soon as what was drawn before is laid out and painted. */
  afterPaint: (callback: () => void) => void
}

/** What drawing may take of all processors' time; elsewhere pixels take more than as much again. */
const shareMax = 0.01
/** Nobody sees more than some thirty pictures of a growing text a second. */
const restMinMs = 20
/** A text that grows more seldom seems to stand still. */
const restMaxMs = 200

/**
 * Draws something that changes faster than it is worth drawing. After each picture comes a rest, the
 * longer, the more the picture took, and the fewer processors there are: the engine may need the same
 * one, and the same graphics device.
 * @returns calls back when the next picture is due; one call waits at a time
 */
export function createFramePacer({
  processors,
  now,
  setTimer,
  beforePaint,
  afterPaint,
}: PageClock) {
  let restMs = restMinMs
  return (draw: () => void) =>
    setTimer(restMs, () =>
      beforePaint(() => {
        const beganMs = now()
        draw()
        afterPaint(() => {
          const restForThis = (now() - beganMs) / (shareMax * processors)
          // One slow picture among fast ones is some other work of the browser's.
          const rest = (3 * restMs + restForThis) / 4
          restMs = Math.min(restMaxMs, Math.max(restMinMs, rest))
        })
      }),
    )
}

/** What the page has that this runs in. */
export function pageClock(): PageClock {
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  port1.onmessage = () => {
    for (const callback of waiting.splice(0)) callback()
  }
  return {
    processors: navigator.hardwareConcurrency,
    now: () => performance.now(),
    setTimer: (ms, callback) => setTimeout(callback, ms),
    beforePaint: (callback) => requestAnimationFrame(callback),
    // A message is a task of its own, and the next task comes after the frame's paint.
    afterPaint(callback) {
      waiting.push(callback)
      port2.postMessage(undefined)
    },
  }
}
