import { describe, expect, it } from 'vitest'
import { createDecodePace } from './decode-pace'

/**
 * Decodes on a device that takes `tokenMs` a token and is seen to have finished only every 2 ms, by a host
 * that submits as soon as it sees.
 */
function decode(tokenMs: number, tokens = 60) {
  const pace = createDecodePace()
  pace.begin()
  const depths: number[] = []
  const doneMs: number[] = []
  let idleMs = 0
  let freeMs = 0
  let nowMs = 0
  for (let read = 0; read < tokens; read++) {
    while (doneMs.length < read + pace.tokensInFlight()) {
      if (doneMs.length > 0) idleMs += Math.max(0, nowMs - freeMs)
      freeMs = Math.max(freeMs, nowMs) + tokenMs
      doneMs.push(freeMs)
    }
    nowMs = Math.max(nowMs, 2 * Math.ceil((doneMs[read] as number) / 2) + 0.7)
    pace.tokenRead(nowMs)
    depths.push(pace.tokensInFlight())
  }
  return { depths, idleShare: idleMs / nowMs }
}

describe('the tokens in flight', () => {
  it('are two before anything is known, and where tokens take long', () => {
    expect(createDecodePace().tokensInFlight()).toBe(2)
    expect(new Set(decode(500).depths)).toEqual(new Set([2]))
    expect(new Set(decode(8).depths)).toEqual(new Set([2]))
  })

  it('are more where a token takes no longer than reading it, four at most', () => {
    expect(decode(1.5).depths.at(-1)).toBe(4)
    expect(decode(0.1).depths.at(-1)).toBe(4)
    expect(decode(4).depths.at(-1)).toBeGreaterThan(2)
  })

  it.each([1.5, 2, 3, 5, 8])('leave a GPU that takes %s ms a token hardly any pause', (tokenMs) => {
    expect(decode(tokenMs, 200).idleShare).toBeLessThan(0.03)
  })

  it('do not follow one late token, nor the time between two answers', () => {
    const pace = createDecodePace()
    let nowMs = 0
    const read = (ms: number) => {
      nowMs += ms
      pace.tokenRead(nowMs)
    }
    pace.begin()
    for (let i = 0; i < 20; i++) read(1)
    read(8)
    expect(pace.tokensInFlight()).toBe(4)
    nowMs += 60_000
    pace.begin()
    read(1)
    read(1)
    expect(pace.tokensInFlight()).toBe(4)
  })
})
