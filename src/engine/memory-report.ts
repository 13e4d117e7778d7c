import type { MemoryReport, Verdict } from './api'
import type { Gpu } from './gpu/device'
import type { ModelConfig } from './model/config'
import { kvCacheBytes } from './model/kv-cache'
import { bytesByFamily } from './model/weights'

/** What is known of a device's memory: what it has granted at a time, and what it has refused. */
export interface MemoryEvidence {
  grantedBytes: number
  /** Infinity while nothing was refused. */
  refusedBytes: number
}

/**
 * What a model takes on a device, and whether it can hold it.
 * @param device undefined where there is none, for the reason in `unavailable`
 */
export function reportMemory(
  config: ModelConfig,
  contextTokens: number,
  gpu: Pick<Gpu, 'features' | 'limits'>,
  { grantedBytes, refusedBytes }: MemoryEvidence,
): MemoryReport {
  const weightBytes = Object.values(bytesByFamily(config)).reduce((a, b) => a + b, 0)
  const cacheBytes = kvCacheBytes(gpu as Gpu, config, contextTokens)
  const totalBytes = weightBytes + cacheBytes
  const verdict: Verdict =
    totalBytes <= grantedBytes
      ? { fit: 'fits' }
      : totalBytes < refusedBytes
        ? { fit: 'unknown' }
        : {
            fit: 'will-not-fit',
            neededBytes: totalBytes,
            cause: {
              code: 'device-out-of-memory',
              contextTokens,
              weightBytes,
              kvCacheBytes: cacheBytes,
              scratchBytes: 0,
              totalBytes,
            },
          }
  return {
    contextTokens,
    weightBytes,
    kvCacheBytes: cacheBytes,
    scratchBytes: 0,
    totalBytes,
    bufferCount: 0,
    largestBufferBytes: 0,
    verdict,
  }
}
