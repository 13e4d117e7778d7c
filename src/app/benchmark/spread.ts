/** What some measurements of the same thing say: the middle one, and how far half of them reach. */
export interface Spread {
  median: number
  /** The quartiles. */
  low: number
  high: number
}

/** Of at least one value. */
export const spreadOf = (values: readonly number[]): Spread => ({
  median: quantile(values, 0.5),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75),
})

/** The sorted values' one at this share of the way, or between the two next to it. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)] as number
  const above = sorted[Math.ceil(place)] as number
  return below + (above - below) * (place - Math.floor(place))
}
