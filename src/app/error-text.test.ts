import { describe, expect, it } from 'vitest'
import { errorText } from './error-text'

describe('errorText', () => {
  it('names the file and both sizes of a truncated file', () => {
    const { happened } = errorText({
      code: 'file-truncated',
      file: 'model-00001-of-00002.safetensors',
      expectedBytes: 1_600_000,
      receivedBytes: 400_000,
    })
    expect(happened).toContain('model-00001-of-00002.safetensors')
    expect(happened).toContain('400 kB of 1.6 MB')
  })

  it('gives needed and available bytes of a full disk', () => {
    const { happened, remedy } = errorText({
      code: 'storage-full',
      neededBytes: 13.8e9,
      availableBytes: 3e9,
    })
    expect(happened).toContain('13.8 GB')
    expect(happened).toContain('3.0 GB')
    expect(remedy).toContain('kept')
  })

  it('does not repeat an estimate that the full disk has refuted', () => {
    const { happened } = errorText({
      code: 'storage-full',
      neededBytes: 0.5e9,
      availableBytes: 1e9,
    })
    expect(happened).toBe('The disk is full: another 500 MB did not fit.')
  })

  it('tells storage that failed from storage that is refused: what it has stays', () => {
    const detail = 'UnknownError: connection lost'
    const { happened, remedy } = errorText({ code: 'storage-failed', detail })
    expect(happened).toContain(detail)
    expect(remedy).toContain('is kept')
    expect(errorText({ code: 'storage-refused', detail }).remedy).not.toContain('is kept')
  })

  it('gives the plan’s numbers and every way on where the GPU’s memory ran out', () => {
    const { happened, remedy } = errorText({
      code: 'device-out-of-memory',
      contextTokens: 32_768,
      weightBytes: 13.8e9,
      kvCacheBytes: 3.2e9,
      scratchBytes: 0.1e9,
      totalBytes: 17.1e9,
    })
    expect(happened).toContain('17.1 GB')
    expect(happened).toContain('3.2 GB of them for a context of 32,768 tokens')
    expect(remedy).toMatch(/other tabs.*shorter context.*smaller model/)
  })

  it('names a limit in bytes, and the context that stays within it', () => {
    const { happened, remedy } = errorText({
      code: 'limit-exceeded',
      limit: 'maxBufferSize',
      needed: 2 ** 30,
      offered: 2 ** 28,
      purpose: 'the key cache',
      largestContextTokens: 16_384,
    })
    expect(happened).toContain('1.1 GB in one piece for the key cache')
    expect(happened).toContain('allows 268 MB')
    expect(remedy).toContain('16,384')
  })

  it('tells a server’s failure from a refusal', () => {
    const url = 'https://example.test/config.json'
    const failure = errorText({ code: 'http-status', url, status: 503 })
    const refusal = errorText({ code: 'http-status', url, status: 403 })
    expect(failure.happened).toContain('503')
    expect(refusal.happened).toContain(url)
    expect(failure.remedy).not.toBe(refusal.remedy)
  })

  it('tells a server that forbids pages to read from one that does not answer', () => {
    const silent = { code: 'network', url: 'https://example.test/x', detail: 'Failed' } as const
    expect(errorText(silent).remedy).toContain('connection')
    expect(errorText({ ...silent, isBlocked: true }).remedy).toContain(
      'Access-Control-Allow-Origin',
    )
  })

  it('keeps the stack of a bug out of the text', () => {
    const { happened, remedy } = errorText({ code: 'bug', report: 'TypeError: x\n  at engine.ts' })
    expect(happened + remedy).not.toContain('engine.ts')
    expect(remedy).toContain('Copy report')
  })
})
