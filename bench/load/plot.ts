/** Memory over time, as a picture. */
import { heapBytes, type MemorySample } from './memory'

const series = [
  { name: 'heap and buffers', color: '#c2410c', of: heapBytes },
  {
    name: 'of which buffers',
    color: '#0369a1',
    of: (s: MemorySample) => s.pageBuffers + s.workerBuffers,
  },
] as const

const columns = [
  'pageHeap',
  'workerHeap',
  'pageBuffers',
  'workerBuffers',
] as const satisfies (keyof MemorySample)[]

/** The largest of each figure in every second. */
function perSecond(samples: readonly MemorySample[]): MemorySample[] {
  const startMs = samples[0]?.atMs ?? 0
  const seconds = new Map<number, MemorySample>()
  for (const sample of samples) {
    const second = Math.floor((sample.atMs - startMs) / 1000)
    const peaks = seconds.get(second) ?? { ...sample }
    for (const column of columns) peaks[column] = Math.max(peaks[column], sample[column])
    seconds.set(second, peaks)
  }
  return [...seconds.values()]
}

const width = 960
const height = 344
const margin = { left: 56, right: 16, top: 36, bottom: 68 }

/** Width of a character of the names below the plot at most, in the plot's units. */
const CHARACTER_WIDTH = 6

/**
 * Puts a name below each step's line, in the first row where it covers no other; one that would leave
 * the picture begins before its line.
 */
function placeNames(steps: readonly { at: number; name: string }[]) {
  const rowEnds: number[] = []
  return steps.map(({ at, name }) => {
    const nameWidth = name.length * CHARACTER_WIDTH
    const left = Math.min(at, width - nameWidth)
    const free = rowEnds.findIndex((end) => end <= left)
    const row = free < 0 ? rowEnds.length : free
    rowEnds[row] = left + nameWidth
    return { at, name, left, row }
  })
}

/** Heap and buffers of page and worker over time, the steps marked, and the limit of 300 MB. */
export function plotSvg(all: readonly MemorySample[], title: string): string {
  const samples = perSecond(all)
  const startMs = samples[0]?.atMs ?? 0
  const endMs = samples.at(-1)?.atMs ?? 1
  const topMb = Math.max(350, ...samples.map((sample) => (1.1 * heapBytes(sample)) / 1e6))
  const x = (atMs: number) =>
    margin.left + ((atMs - startMs) / (endMs - startMs)) * (width - margin.left - margin.right)
  const y = (mb: number) =>
    height - margin.bottom - (mb / topMb) * (height - margin.top - margin.bottom)
  const point = (atMs: number, mb: number) => `${x(atMs).toFixed(1)},${y(mb).toFixed(1)}`

  const lines = series.map(({ color, of }) => {
    const points = samples.map((sample) => point(sample.atMs, of(sample) / 1e6))
    return `<polyline fill="none" stroke="${color}" points="${points.join(' ')}"/>`
  })
  const legend = series.map(
    ({ name, color }, i) =>
      `<text x="${width - margin.right - 150 * (series.length - i) + 20}" y="22" fill="${color}">${name}</text>`,
  )
  const steps = placeNames(
    samples
      .filter((sample, i) => sample.step !== samples[i - 1]?.step)
      .map(({ atMs, step }) => ({ at: x(atMs), name: step })),
  ).map(({ at, name, left, row }) => {
    const line = `<line x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${margin.top}" y2="${height - margin.bottom}" stroke="#ccc"/>`
    return `${line}<text x="${left.toFixed(1)}" y="${height - margin.bottom + 14 + 12 * row}">${name}</text>`
  })
  const ticks = Array.from({ length: Math.floor(topMb / 100) + 1 }, (_, i) => 100 * i).map(
    (mb) =>
      `<text x="${margin.left - 6}" y="${y(mb) + 4}" text-anchor="end">${mb} MB</text>` +
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(mb)}" y2="${y(mb)}" stroke="${mb === 300 ? '#c00' : '#eee'}"/>`,
  )
  const minutes = `${((endMs - startMs) / 60_000).toFixed(1)} minutes`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="10">
<title>${title}: JavaScript heap and array buffers over time</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${margin.left}" y="22" font-size="13">${title}: JavaScript heap and array buffers, page and worker, ${minutes}</text>
${[...ticks, ...steps, ...lines, ...legend].join('\n')}
</svg>
`
}
