import { describe, expect, it } from 'vitest'
import { blockedRecord, recordOf } from './records'

const timing = {
  name: 'https://huggingface.co/model/config.json',
  startTime: 1500.4,
  initiatorType: 'fetch',
  workerStart: 0,
  transferSize: 900,
  encodedBodySize: 600,
  responseStatus: 200,
}

describe('the record of a request', () => {
  it('says when, by whom and where to', () => {
    expect(recordOf(timing, 'worker', 1_000_000)).toEqual({
      at: 1_001_500,
      by: 'worker',
      kind: 'fetch',
      url: timing.name,
      outcome: 'network',
      bytes: 900,
    })
  })

  it('tells what never reached the network', () => {
    const cached = { ...timing, transferSize: 0 }
    expect(recordOf(cached, 'page', 0)?.outcome).toBe('browser cache')
    expect(recordOf({ ...cached, workerStart: 1501 }, 'page', 0)?.outcome).toBe('service worker')
  })

  it('takes no silence about bytes for a cache, nor for an answer', () => {
    const silent = { ...timing, transferSize: 0, encodedBodySize: 0 }
    expect(recordOf(silent, 'page', 0)?.outcome).toBe('network')
    expect(recordOf(silent, 'page', 0)).not.toHaveProperty('bytes')
    expect(recordOf({ ...silent, responseStatus: 0 }, 'page', 0)?.outcome).toBe('no answer')
  })

  it('is none of what is no request', () => {
    expect(recordOf({ ...timing, name: 'blob:https://alcove.example/1' }, 'page', 0)).toBe(
      undefined,
    )
  })
})

it('a blocked attempt names the rule', () => {
  const event = { effectiveDirective: 'connect-src', blockedURI: 'https://evil.example/?q=1' }
  expect(blockedRecord(event, 'page')).toMatchObject({
    by: 'page',
    kind: 'connect-src',
    url: 'https://evil.example/?q=1',
    outcome: 'blocked',
  })
})
