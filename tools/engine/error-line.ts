import type { EngineErrorData } from '../../src/engine/errors'

/** What happened and what to do about it, in one line for a terminal. */
export function errorLine(error: EngineErrorData): string {
  switch (error.code) {
    case 'webgpu-missing':
    case 'adapter-missing':
      return 'no WebGPU adapter: install a Vulkan driver, or Chromium for its software adapter'
    case 'limit-exceeded':
      return `this adapter cannot hold ${error.purpose}: ${error.limit} is ${error.offered}, ${error.needed} is needed`
    case 'device-out-of-memory':
      return `the GPU has no room for the model: ${error.totalBytes} bytes are needed, ${error.kvCacheBytes} of them for a context of ${error.contextTokens}`
    case 'device-lost':
      return `the GPU went away: ${error.reason}`
    case 'network':
      return `${error.url} cannot be reached: ${error.detail}`
    case 'host-not-allowed':
      return `${error.origin} must not be asked`
    case 'http-status':
      return `${error.url} answers with status ${error.status}`
    case 'file-missing':
      return `${error.file} is missing, needed by ${error.neededBy}`
    case 'file-truncated':
      return `${error.file} is truncated: it ends at byte ${error.receivedBytes} of ${error.expectedBytes}`
    case 'file-invalid':
      return `${error.file}: ${error.problem}`
    case 'model-unsupported':
      return `cannot run this model: ${error.file}: ${error.problem}`
    case 'storage-refused':
      return `storage is refused: ${error.detail}`
    case 'storage-failed':
      return `storage has failed: ${error.detail}`
    case 'storage-full':
      return `storage is full: ${error.neededBytes} bytes are needed, ${error.availableBytes} are free`
    case 'model-busy':
      return `${error.model} is being downloaded`
    case 'context-full':
      return `${error.neededTokens} tokens do not fit the context of ${error.contextTokens}: raise --context`
    case 'request-invalid':
      return error.problem
    case 'model-not-loaded':
      return 'no model is loaded'
    case 'cancelled':
      return 'cancelled'
    case 'bug':
      return error.report
  }
}
