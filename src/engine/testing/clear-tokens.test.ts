import { describe, expect, it } from 'vitest'
import { clearTokens, lastMargin } from './clear-tokens'
import { readCheckpoint, tinyFolder } from './golden'

const { config, read } = readCheckpoint(tinyFolder)

describe('clearTokens', { timeout: 60_000 }, () => {
  it('grows a text at whose every position the routers are sure', () => {
    const tokens = clearTokens(config, read, { length: 6, seed: 1, margin: 0.2 })
    for (let end = 1; end <= tokens.length; end++) {
      expect(lastMargin(config, read, tokens.slice(0, end))).toBeGreaterThanOrEqual(0.2)
    }
  })

  it('knows an unsure text when it sees one', () => {
    const margins = Array.from({ length: 40 }, (_, token) => lastMargin(config, read, [token]))
    expect(Math.min(...margins)).toBeLessThan(0.1)
    expect(Math.max(...margins)).toBeGreaterThan(0.3)
  })
})
