import { describe, expect, it } from 'vitest'
import type { MemoryReport, Verdict } from '../../engine/index'
import { verdictText } from './verdict-text'

const needing = (totalBytes: number, contextTokens: number, verdict: Verdict): MemoryReport => ({
  contextTokens,
  weightBytes: totalBytes - 600e6,
  kvCacheBytes: 500e6,
  scratchBytes: 100e6,
  totalBytes,
  bufferCount: 100,
  largestBufferBytes: 1e9,
  verdict,
})

describe('a verdict in words', () => {
  it('is plain where the memory was granted', () => {
    const text = verdictText(needing(14.2e9, 8192, { fit: 'fits' }))
    expect(text).toMatchObject({ tone: 'good', title: 'Fits' })
    expect(text.why).toContain('14.2 GB')
  })

  it('names the context that fits, and what the chosen one needs', () => {
    const text = verdictText(
      needing(17e9, 131_072, { fit: 'fits-with-context', contextTokens: 4096 }),
    )
    expect(text.title).toBe('Fits with 4 K context')
    expect(text.why).toContain('With 128 K it needs 17.0 GB')
  })

  it('says how much is needed where it will not fit, and which limit is in the way', () => {
    const text = verdictText(
      needing(14.2e9, 8192, {
        fit: 'will-not-fit',
        neededBytes: 14.2e9,
        cause: {
          code: 'limit-exceeded',
          limit: 'maxBufferSize',
          needed: 700e6,
          offered: 256e6,
          purpose: 'the key cache',
        },
      }),
    )
    expect(text.title).toBe('Will not fit: needs 14.2 GB')
    expect(text.why).toBe('The key cache takes 700 MB in one piece, and this device allows 256 MB.')
  })

  it('claims nothing that nobody has tried', () => {
    const text = verdictText(needing(14.2e9, 8192, { fit: 'unknown' }))
    expect(text).toMatchObject({ tone: 'open', title: 'May fit: needs 14.2 GB' })
  })

  it('tells a machine without a GPU so', () => {
    const cause = { code: 'adapter-missing' } as const
    const { title, why } = verdictText(
      needing(14.2e9, 8192, { fit: 'will-not-fit', neededBytes: 14.2e9, cause }),
    )
    expect(title).toBe('Cannot run here: needs 14.2 GB')
    expect(why).toContain('no graphics device')
  })
})
