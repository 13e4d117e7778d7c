import type { MemoryReport, Verdict } from '../../engine/index'
import { errorText } from '../error-text'
import { formatBytes, formatContext } from '../format'
import { t } from '../i18n/t'

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
  const needed = formatBytes(totalBytes)
  switch (verdict.fit) {
    case 'fits':
      return {
        tone: 'good',
        title: t('Fits'),
        why: t('It needs {{needed}} of GPU memory, and this device has granted as much.', {
          needed,
        }),
      }
    case 'fits-with-context':
      return {
        tone: 'fair',
        title: t('Fits with {{size}} context', { size: formatContext(verdict.contextTokens) }),
        why: t('With {{size}} it needs {{needed}} of GPU memory, more than this device grants.', {
          size: formatContext(contextTokens),
          needed,
        }),
      }
    case 'will-not-fit':
      return {
        tone: 'bad',
        title: isMissing(verdict)
          ? t('Cannot run here: needs {{needed}}', { needed })
          : t('Will not fit: needs {{needed}}', { needed }),
        why: refusalText(verdict),
      }
    case 'unknown':
      return {
        tone: 'open',
        title: t('May fit: needs {{needed}}', { needed }),
        why: t(
          'No limit of this device forbids it. Browsers do not say how much GPU memory there is: only trying tells.',
        ),
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
      return t('{{part}} takes {{needed}} in one piece, and this device allows {{offered}}.', {
        part: sentence(cause.purpose),
        needed: formatBytes(cause.needed),
        offered: formatBytes(cause.offered),
      })
    case 'device-out-of-memory':
      return t(
        'This device refused that much memory when it was tried, other programs and tabs included.',
      )
    default:
      return errorText(cause).happened
  }
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)
