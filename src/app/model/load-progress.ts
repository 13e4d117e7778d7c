import type { Count, LoadObstacle, LoadProgress } from '../../engine/index'
import { errorText } from '../error-text'
import { formatBytes } from '../format'
import { t } from '../i18n/t'

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
    return t('Downloading {{done}} of {{total}}', {
      done: formatBytes(download.done),
      total: formatBytes(download.total),
    })
  if (isUnderWay(upload)) return t('Copying to the GPU')
  if (isUnderWay(verify)) return t('Verifying')
  return upload.total > 0 ? t('Preparing the GPU') : t('Starting')
}

/** Why nothing moves at the moment. */
export function obstacleText(obstacle: LoadObstacle): string {
  if (obstacle.kind === 'other-tab')
    return t('Another tab is downloading this. It goes on here after.')
  const seconds = Math.max(1, Math.ceil(obstacle.retryInMs / 1000))
  return t('{{reason}} Trying again in {{seconds}} s.', { reason: retryReason(obstacle), seconds })
}

function retryReason({ error }: Extract<LoadObstacle, { kind: 'retry' }>): string {
  if (error.code === 'http-status')
    return error.status === 429 || error.status === 503
      ? t('The server is busy.')
      : t('The server answered {{status}}.', { status: error.status })
  if (error.code === 'network') return t('The connection was lost.')
  return errorText(error).happened
}
