/** Takes the newest of values that come faster than they are wanted. */
export interface Throttle<T> {
  (value: T): void
  /** What has come and was not yet taken never will be. */
  cancel(): void
}

/** @returns takes the first value at once, and then the newest one at most every `ms` milliseconds */
export function createThrottle<T>(ms: number, take: (value: T) => void): Throttle<T> {
  let newest: { value: T } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function next() {
    timer = undefined
    if (newest === undefined) return
    const { value } = newest
    newest = undefined
    timer = setTimeout(next, ms)
    take(value)
  }

  const throttle = (value: T) => {
    newest = { value }
    if (timer === undefined) next()
  }
  return Object.assign(throttle, {
    cancel() {
      clearTimeout(timer)
      timer = undefined
      newest = undefined
    },
  })
}
