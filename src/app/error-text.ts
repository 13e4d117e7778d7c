import type { AnswerErrorData } from './errors'
import { formatBytes } from './format'
import { t } from './i18n/t'
import { isSealed } from './network/policy'
import { remoteErrorText } from './remote/error-text'

export interface ErrorText {
  /** What happened, in numbers. */
  happened: string
  /** What to do about it. */
  remedy: string
}

/** An error as sentences for people: no blame, no stack trace, no "oops". */
export function errorText(error: AnswerErrorData): ErrorText {
  switch (error.code) {
    case 'webgpu-missing':
      return {
        happened: t('This browser does not offer WebGPU, which the model computes with.'),
        remedy: t('Open this page in a current Chrome, Edge, Firefox or Safari.'),
      }
    case 'adapter-missing':
      return {
        happened: t('This browser knows WebGPU and found no graphics device that it may use.'),
        remedy: t(
          'Turn on hardware acceleration in the browser’s settings, update the graphics driver, then reload the page.',
        ),
      }
    case 'limit-exceeded':
      return {
        happened: t(
          'The model needs {{needed}} in one piece for {{part}}, and this graphics device allows {{offered}} ({{limit}}).',
          {
            needed: formatBytes(error.needed),
            part: error.purpose,
            offered: formatBytes(error.offered),
            limit: error.limit,
          },
        ),
        remedy: error.largestContextTokens
          ? t('A context of up to {{tokens}} tokens fits: choose a shorter one.', {
              tokens: error.largestContextTokens,
            })
          : t('Use a device with more graphics memory, or a smaller model.'),
      }
    case 'device-out-of-memory':
      return {
        happened: t(
          'The graphics device ran out of memory: the model needs {{total}}, {{cache}} of them for a context of {{tokens}} tokens.',
          {
            total: formatBytes(error.totalBytes),
            cache: formatBytes(error.kvCacheBytes),
            tokens: error.contextTokens,
          },
        ),
        remedy: t(
          'Close other tabs and programs that use the graphics device, or choose a shorter context or a smaller model, then try again. What has arrived already is kept.',
        ),
      }
    case 'device-lost':
      return {
        happened: t(
          'The graphics device went away ({{reason}}). What was written so far is kept.',
          {
            reason: error.reason,
          },
        ),
        remedy: t('Try again: the model is loaded anew from this browser’s storage.'),
      }
    case 'network':
      if (error.isBlocked) {
        return {
          happened: t('The server of {{url}} answers, and does not allow this page to read it.', {
            url: error.url,
          }),
          remedy: t(
            'If it is yours, let it send the header Access-Control-Allow-Origin: *. Otherwise take another address, or download the files and open them from your disk.',
          ),
        }
      }
      return {
        happened: t('No answer from {{url}} ({{detail}}).', {
          url: error.url,
          detail: error.detail,
        }),
        remedy: t('Check the connection and try again. What has arrived already is kept.'),
      }
    case 'host-not-allowed':
      return notAllowedText(error.origin)
    case 'http-status':
      return {
        happened: t('The server answered {{status}} for {{url}}.', {
          status: error.status,
          url: error.url,
        }),
        remedy:
          error.status >= 500
            ? t('The server has a problem: try again in a while. What has arrived already is kept.')
            : t(
                'The model may have been moved or may need permission. Check its address, then try again.',
              ),
      }
    case 'file-missing':
      return {
        happened: t('The model’s file {{file}} does not exist, and {{neededBy}} refers to it.', {
          file: error.file,
          neededBy: error.neededBy,
        }),
        remedy: t(
          'This copy of the model is incomplete, or has been moved. Try again once the file is there.',
        ),
      }
    case 'file-truncated':
      return {
        happened: t('The model’s file {{file}} ended after {{received}} of {{expected}}.', {
          file: error.file,
          received: formatBytes(error.receivedBytes),
          expected: formatBytes(error.expectedBytes),
        }),
        remedy: t('Try again: only what is missing is fetched.'),
      }
    case 'file-invalid':
      return {
        happened: t('The model’s file {{file}} is not what it should be: {{problem}}.', {
          file: error.file,
          problem: error.problem,
        }),
        remedy: t('Nothing of it was kept. Try again, or check where the model is served from.'),
      }
    case 'model-unsupported':
      return {
        happened: t('This app does not run this model. {{file}}: {{problem}}.', {
          file: error.file,
          problem: error.problem,
        }),
        remedy: t(
          'Choose a gpt-oss checkpoint as OpenAI published it, a fine-tune in the same format, or a GGUF of one. Nothing of this one was kept.',
        ),
      }
    case 'storage-refused':
      return {
        happened: t('This browser gives the page no storage ({{detail}}).', {
          detail: error.detail,
        }),
        remedy: t('Leave private browsing or allow site data for this page, then reload it.'),
      }
    case 'storage-failed':
      return {
        happened: t('This browser’s storage has failed ({{detail}}).', { detail: error.detail }),
        remedy: t(
          'See whether the disk is full, then try again; if it stays so, restart the browser. What has arrived already is kept.',
        ),
      }
    case 'storage-full':
      return {
        // An estimate may promise what the disk does not hold: then it would only confuse.
        happened:
          error.availableBytes < error.neededBytes
            ? t('The model needs {{needed}} of storage and this browser offers {{available}}.', {
                needed: formatBytes(error.neededBytes),
                available: formatBytes(error.availableBytes),
              })
            : t('The disk is full: another {{needed}} did not fit.', {
                needed: formatBytes(error.neededBytes),
              }),
        remedy: t('Free some disk space and try again. What has arrived already is kept.'),
      }
    case 'model-busy':
      return {
        happened: t('{{model}} is being downloaded, here or in another tab.', {
          model: error.model,
        }),
        remedy: t('Stop that download or wait for it, then try again.'),
      }
    case 'context-full':
      return {
        happened: t('This chat is {{needed}} tokens long and the model has room for {{room}}.', {
          needed: error.neededTokens,
          room: error.contextTokens,
        }),
        remedy: t('Start a new chat, or go on without the oldest messages.'),
      }
    case 'request-invalid':
      return {
        happened: t('This is not possible: {{problem}}.', { problem: error.problem }),
        remedy: t('Change it and try again.'),
      }
    case 'model-not-loaded':
      return {
        happened: t('The model is not loaded.'),
        remedy: t('Try again: it is loaded first.'),
      }
    case 'cancelled':
      return { happened: t('This was stopped.'), remedy: t('Try again when you like.') }
    case 'bug':
      return {
        happened: t('Something in this app is broken. Your messages are still here.'),
        remedy: t('Try again. If it stays broken, press Copy report and send it to us.'),
      }
    default:
      return remoteErrorText(error)
  }
}

function notAllowedText(origin: string): ErrorText {
  const { host } = new URL(origin)
  return isSealed
    ? {
        happened: t('This page is sealed, and what was wanted of {{host}} is not on this device.', {
          host,
        }),
        remedy: t('Unseal the page by the badge at its top, and fetch it once.'),
      }
    : {
        happened: t('You have not allowed this page to reach {{host}} yet.', { host }),
        remedy: t(
          'A page cannot widen its own rules. Allow it, and the page opens anew with {{host}} added: what is being answered or downloaded stops, and can go on afterwards.',
          { host },
        ),
      }
}
