import type { LoadProgress } from '../../engine/index'
import { formatBytes } from '../format'

/**
 * Where each phase lies on the one bar that a person sees. A first download takes nearly all the
 * time, yet on later visits there is none, and the other two must be seen to move.
 */
const spans = {
  download: { begin: 0, end: 0.6 },
  upload: { begin: 0.6, end: 0.8 },
  compile: { begin: 0.8, end: 1 },
} as const

/** Progress of the whole load, 0 to 1; it never runs backwards from one phase to the next. */
export function overallProgress({ phase, done, total }: LoadProgress): number {
  const { begin, end } = spans[phase]
  const fraction = total > 0 ? Math.min(done / total, 1) : 0
  return begin + (end - begin) * fraction
}

/** What is being done, in a few words. */
export function progressText({ phase, done, total }: LoadProgress): string {
  switch (phase) {
    case 'download':
      return `Downloading ${formatBytes(done)} of ${formatBytes(total)}`
    case 'upload':
      return 'Copying to the GPU'
    case 'compile':
      return 'Preparing the GPU'
  }
}
