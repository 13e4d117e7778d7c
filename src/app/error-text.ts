import type { AnswerErrorData } from './errors'
import { formatBytes } from './format'
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
        happened: 'This browser does not offer WebGPU, which the model computes with.',
        remedy: 'Open this page in a current Chrome, Edge, Firefox or Safari.',
      }
    case 'adapter-missing':
      return {
        happened: 'This browser knows WebGPU and found no graphics device that it may use.',
        remedy:
          'Turn on hardware acceleration in the browser’s settings, update the graphics driver, then reload the page.',
      }
    case 'limit-exceeded':
      return {
        happened: `The model needs ${formatBytes(error.needed)} in one piece for ${error.purpose}, and this graphics device allows ${formatBytes(error.offered)} (${error.limit}).`,
        remedy: error.largestContextTokens
          ? `A context of up to ${error.largestContextTokens.toLocaleString('en')} tokens fits: choose a shorter one.`
          : 'Use a device with more graphics memory, or a smaller model.',
      }
    case 'device-out-of-memory':
      return {
        happened: `The graphics device ran out of memory: the model needs ${formatBytes(error.totalBytes)}, ${formatBytes(error.kvCacheBytes)} of them for a context of ${error.contextTokens.toLocaleString('en')} tokens.`,
        remedy:
          'Close other tabs and programs that use the graphics device, or choose a shorter context or a smaller model, then try again. What has arrived already is kept.',
      }
    case 'device-lost':
      return {
        happened: `The graphics device went away (${error.reason}). What was written so far is kept.`,
        remedy: 'Try again: the model is loaded anew from this browser’s storage.',
      }
    case 'network':
      if (error.isBlocked) {
        return {
          happened: `The server of ${error.url} answers, and does not allow this page to read it.`,
          remedy:
            'If it is yours, let it send the header Access-Control-Allow-Origin: *. Otherwise take another address, or download the files and open them from your disk.',
        }
      }
      return {
        happened: `No answer from ${error.url} (${error.detail}).`,
        remedy: 'Check the connection and try again. What has arrived already is kept.',
      }
    case 'http-status':
      return {
        happened: `The server answered ${error.status} for ${error.url}.`,
        remedy:
          error.status >= 500
            ? 'The server has a problem: try again in a while. What has arrived already is kept.'
            : 'The model may have been moved or may need permission. Check its address, then try again.',
      }
    case 'file-missing':
      return {
        happened: `The model’s file ${error.file} does not exist, and ${error.neededBy} refers to it.`,
        remedy:
          'This copy of the model is incomplete, or has been moved. Try again once the file is there.',
      }
    case 'file-truncated':
      return {
        happened: `The model’s file ${error.file} ended after ${formatBytes(error.receivedBytes)} of ${formatBytes(error.expectedBytes)}.`,
        remedy: 'Try again: only what is missing is fetched.',
      }
    case 'file-invalid':
      return {
        happened: `The model’s file ${error.file} is not what it should be: ${error.problem}.`,
        remedy: 'Nothing of it was kept. Try again, or check where the model is served from.',
      }
    case 'model-unsupported':
      return {
        happened: `This app does not run this model. ${error.file}: ${error.problem}.`,
        remedy:
          'Choose a gpt-oss checkpoint as OpenAI published it, a fine-tune in the same format, or a GGUF of one. Nothing of this one was kept.',
      }
    case 'storage-refused':
      return {
        happened: `This browser gives the page no storage (${error.detail}).`,
        remedy: 'Leave private browsing or allow site data for this page, then reload it.',
      }
    case 'storage-full':
      return {
        // An estimate may promise what the disk does not hold: then it would only confuse.
        happened:
          error.availableBytes < error.neededBytes
            ? `The model needs ${formatBytes(error.neededBytes)} of storage and this browser offers ${formatBytes(error.availableBytes)}.`
            : `The disk is full: another ${formatBytes(error.neededBytes)} did not fit.`,
        remedy: 'Free some disk space and try again. What has arrived already is kept.',
      }
    case 'model-busy':
      return {
        happened: `${error.model} is being downloaded, here or in another tab.`,
        remedy: 'Stop that download or wait for it, then try again.',
      }
    case 'context-full':
      return {
        happened: `This chat is ${error.neededTokens} tokens long and the model has room for ${error.contextTokens}.`,
        remedy: 'Start a new chat.',
      }
    case 'request-invalid':
      return {
        happened: `The model cannot be asked this: ${error.problem}.`,
        remedy: 'Change the message and send it again.',
      }
    case 'model-not-loaded':
      return { happened: 'The model is not loaded.', remedy: 'Try again: it is loaded first.' }
    case 'cancelled':
      return { happened: 'This was stopped.', remedy: 'Try again when you like.' }
    case 'bug':
      return {
        happened: 'Something in this app is broken. Your messages are still here.',
        remedy: 'Try again. If it stays broken, press Copy report and send it to us.',
      }
    default:
      return remoteErrorText(error)
  }
}
