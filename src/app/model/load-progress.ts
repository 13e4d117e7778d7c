import type { Count, LoadObstacle, LoadProgress } from '../../engine/index'
import { errorText } from '../error-text'
import { formatBytes } from '../format'

/**
 * How many tenths of the one bar each phase takes. A first download takes nearly all the time, yet on later
 * visits there is none, and the other two must be seen to move.
 */
const tenths = { download: 6, upload: 3, compile: 1 } as const

/** A phase's progress, 0 to 1; 0 while its total is not known. */
export function fractionOf({ done, total }: Count): number {
  return total > 0 ? Math.min(done / total, 1) : 0
}

/** Progress of a whole load, 0 to 1. The phases overlap, so this is the sum of their shares. */
export function overallProgress({ download, upload, compile }: LoadProgress): number {
  // A model that is here already has nothing to download, which counts as done, not as unknown.
  const isHere = download.total === 0 && upload.total > 0
  const done =
    tenths.download * (isHere ? 1 : fractionOf(download)) +
    tenths.upload * fractionOf(upload) +
    tenths.compile * fractionOf(compile)
  return done / 10
}

const isUnderWay = ({ done, total }: Count) => done < total

/** What is being done, or what is in the way, in a few words. */
export function progressText({ download, verify, upload, obstacle }: LoadProgress): string {
  if (obstacle) return obstacleText(obstacle)
  if (isUnderWay(download))
    return `Downloading ${formatBytes(download.done)} of ${formatBytes(download.total)}`
  if (isUnderWay(upload)) return 'Copying to the GPU'
  if (isUnderWay(verify)) return 'Verifying'
  return upload.total > 0 ? 'Preparing the GPU' : 'Starting'
}

/** Why nothing moves at the moment. */
export function obstacleText(obstacle: LoadObstacle): string {
  if (obstacle.kind === 'other-tab')
    return 'Another tab is downloading this. It goes on here after.'
  const seconds = Math.max(1, Math.ceil(obstacle.retryInMs / 1000))
  return `${retryReason(obstacle)} Trying again in ${seconds} s.`
}

function retryReason({ error }: Extract<LoadObstacle, { kind: 'retry' }>): string {
  if (error.code === 'http-status')
    return error.status === 429 || error.status === 503
      ? 'The server is busy.'
      : `The server answered ${error.status}.`
  if (error.code === 'network') return 'The connection was lost.'
  return errorText(error).happened
}
