import type { MemoryReport, Verdict } from '../../engine/index'
import { errorText } from '../error-text'
import { formatBytes, formatContext } from '../format'

export interface VerdictText {
  /** How good the news is. */
  tone: 'good' | 'fair' | 'bad' | 'open'
  /** The verdict in a few words. */
  title: string
  /** What it rests on. */
  why: string
}

/** Whether a model fits on this GPU, and how anyone knows. */
export function verdictText({ verdict, totalBytes, contextTokens }: MemoryReport): VerdictText {
  const needs = `needs ${formatBytes(totalBytes)}`
  switch (verdict.fit) {
    case 'fits':
      return {
        tone: 'good',
        title: 'Fits',
        why: `It ${needs} of GPU memory, and this device has granted as much.`,
      }
    case 'fits-with-context':
      return {
        tone: 'fair',
        title: `Fits with ${formatContext(verdict.contextTokens)} context`,
        why: `With ${formatContext(contextTokens)} it ${needs} of GPU memory, more than this device grants.`,
      }
    case 'will-not-fit':
      return {
        tone: 'bad',
        title: `${isMissing(verdict) ? 'Cannot run here' : 'Will not fit'}: ${needs}`,
        why: refusalText(verdict),
      }
    case 'unknown':
      return {
        tone: 'open',
        title: `May fit: ${needs}`,
        why: 'No limit of this device forbids it. Browsers do not say how much GPU memory there is: only trying tells.',
      }
  }
}

type Refusal = Extract<Verdict, { fit: 'will-not-fit' }>

/** There is no GPU whose size could be the matter. */
const isMissing = ({ cause }: Refusal) =>
  cause.code === 'webgpu-missing' || cause.code === 'adapter-missing'

function refusalText({ cause }: Refusal): string {
  switch (cause.code) {
    case 'limit-exceeded':
      return `${sentence(cause.purpose)} takes ${formatBytes(cause.needed)} in one piece, and this device allows ${formatBytes(cause.offered)}.`
    case 'device-out-of-memory':
      return 'This device refused that much memory when it was tried, other programs and tabs included.'
    default:
      return errorText(cause).happened
  }
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)
