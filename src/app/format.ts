/** Numbers as people read them. Sizes are decimal: 1 GB is 10⁹ bytes, as disks and shops count. */

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const

/** 1635768 → "1.6 MB". */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toFixed(digits)} ${units[unit]}`
}

/** 1391280 → "1.4 million", 20914757184 → "20.9 billion". */
export function formatCount(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} billion`
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} million`
  return count.toLocaleString('en')
}

/** 340 → "0.3 s", 12400 → "12 s", 83000 → "1 min 23 s". */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** 9.87 → "9.9", 61.3 → "61": tokens per second. */
export function formatRate(perSecond: number): string {
  return perSecond.toFixed(perSecond < 10 ? 1 : 0)
}

/** 8192 → "8 K", 131072 → "128 K", 5000 → "5,000": a context, counted as its makers count. */
export function formatContext(tokens: number): string {
  return tokens >= 1024 && tokens % 1024 === 0 ? `${tokens / 1024} K` : tokens.toLocaleString('en')
}

/** 4200 → "a few seconds", 83000 → "1 min", 4.1e6 → "1 h 8 min": no more exact than it can be. */
export function formatTimeLeft(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 5) return 'a few seconds'
  if (seconds < 55) return `${Math.ceil(seconds / 5) * 5} s`
  const minutes = Math.max(1, Math.round(seconds / 60))
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 10 ? `${hours} h ${minutes % 60} min` : `${Math.round(minutes / 60)} h`
}

/** 0.347 → "34 %": rounded down, so that 100 % means all. */
export function formatPercent(fraction: number): string {
  return `${Math.floor(fraction * 100)} %`
}
