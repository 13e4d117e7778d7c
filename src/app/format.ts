import { intlLocale, t } from './i18n/t'

/** Numbers as people read them. Sizes are decimal: 1 GB is 10⁹ bytes, as disks and shops count. */

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** 1635768 → "1.6 MB". */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return format(value, unit === 0 || value >= 100 ? 0 : 1, {
    style: 'unit',
    unit: units[unit] as string,
    unitDisplay: unit === 0 ? 'long' : 'short',
  })
}

/** 1391280 → "1.4 million", 20914757184 → "20.9 billion". */
export function formatCount(count: number): string {
  if (count < 1e6) return format(count, 0)
  return format(count, 1, { notation: 'compact', compactDisplay: 'long' })
}

/** 340 → "0.3 s", 12400 → "12 s", 83000 → "1 min 23 s". */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 10) return t('{{seconds}} s', { seconds: format(seconds, 1) })
  const whole = Math.round(seconds)
  if (whole < 60) return t('{{seconds}} s', { seconds: whole })
  return t('{{minutes}} min {{seconds}} s', {
    minutes: Math.floor(whole / 60),
    seconds: whole % 60,
  })
}

/** 9.87 → "9.9", 61.3 → "61": tokens per second. */
export function formatRate(perSecond: number): string {
  return format(perSecond, perSecond < 10 ? 1 : 0)
}

/** 8192 → "8 K", 131072 → "128 K", 5000 → "5,000": a context, counted as its makers count. */
export function formatContext(tokens: number): string {
  if (tokens < 1024 || tokens % 1024 !== 0) return format(tokens, 0)
  return t('{{tokens}} K', { tokens: tokens / 1024 })
}

/** 4200 → "a few seconds", 83000 → "1 min", 4.1e6 → "1 h 8 min": no more exact than it can be. */
export function formatTimeLeft(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 5) return t('a few seconds')
  if (seconds < 55) return t('{{seconds}} s', { seconds: Math.ceil(seconds / 5) * 5 })
  const minutes = Math.max(1, Math.round(seconds / 60))
  if (minutes < 60) return t('{{minutes}} min', { minutes })
  const hours = Math.floor(minutes / 60)
  if (hours < 10) return t('{{hours}} h {{minutes}} min', { hours, minutes: minutes % 60 })
  return t('{{hours}} h', { hours: Math.round(minutes / 60) })
}

/** 0.347 → "34 %": rounded down, so that 100 % means all. */
export function formatPercent(fraction: number): string {
  return t('{{percent}} %', { percent: Math.floor(fraction * 100) })
}

/** A day as the language writes it: "May 20, 2026". */
export function formatDate(at: number): string {
  return new Date(at).toLocaleDateString(intlLocale(), { dateStyle: 'medium' })
}

/** A month as a heading: "May 2026". */
export function formatMonth(at: Date): string {
  return at.toLocaleDateString(intlLocale(), { month: 'long', year: 'numeric' })
}

/** Some things in one phrase: "1 chat, 4 messages, and 2 personas". */
export function formatList(parts: readonly string[]): string {
  return new Intl.ListFormat(intlLocale(), { type: 'conjunction' }).format(parts)
}

/** A number with this many digits after the point. */
function format(value: number, digits: number, options: Intl.NumberFormatOptions = {}): string {
  return value.toLocaleString(intlLocale(), {
    ...options,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}
